"""A synthetic population with hidden truth: whom something happens to, and the noisy traces it leaves.

It shares no code or tables with the detectors, so that judging them by it means something.
"""
