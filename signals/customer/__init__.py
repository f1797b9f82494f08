"""The customer: one row per person, with their journey and state."""
