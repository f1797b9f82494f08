"""The decision: every candidate through the gates, in order, to exactly one reason."""
