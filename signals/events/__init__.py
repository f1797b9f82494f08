"""Events: what happened, to whom, when; decoded and validated at the boundary."""
