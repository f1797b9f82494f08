"""Subjects as people write them on the command line."""

from streams.cli.refusal import refuse


def read_subject(text: str) -> str:
    """A subject in its one spelling, ``customer:1001`` for ``1001``. Ends the program when there is no such kind."""
    from signals.events.subject import canonical_subject

    try:
        return canonical_subject(text if ":" in text else f"customer:{text}")
    except ValueError as error:
        refuse(error)
