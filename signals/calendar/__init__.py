"""Time: instants, durations, working days, opening hours and seasons."""
