"""PS-1: the reference job that other stream processors run too, as a declared pack for the unchanged engine."""
