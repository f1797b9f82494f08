"""The kinds of triggers: few, general, and composed by packs; one file each."""
