"""Packs: versioned folders of YAML that declare triggers, calendars, plays and policy for a sector."""
