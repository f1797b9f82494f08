"""What is in ``deploy/`` is held against the tools it is meant for, and against the program."""
