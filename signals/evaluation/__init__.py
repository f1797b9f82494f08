"""Judging recommendations by what was really going on, beside a campaign that knows nothing."""
