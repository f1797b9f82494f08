"""The embedded node, as the real thing."""
