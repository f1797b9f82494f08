"""One story from a browsing session to the funnel that adds up: on the embedded node and on the real cluster."""
