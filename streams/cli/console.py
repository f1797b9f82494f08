"""Where tables are printed: on a terminal as wide as it is, in a file or a pipe wide enough for whole names."""

from rich.console import Console

_FILE_WIDTH = 150


def open_console() -> Console:
    """The console of standard output."""
    console = Console()
    return console if console.is_terminal else Console(width=_FILE_WIDTH)
