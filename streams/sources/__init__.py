"""Where events come from: files, rows of other systems, Segment clients, mailboxes; and what happens to bad input."""
