"""``python -m streams.cli`` is the ``signals`` command."""

from streams.cli import main

main()
