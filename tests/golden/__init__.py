"""Files of events and what `signals replay` makes of them.

After a change that is meant: ``python -m tests.golden.renew`` writes the expected files anew; read the difference.
"""
