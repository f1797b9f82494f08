"""Files read line by line in bounded memory, whatever is in them."""

import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import IO, cast

from signals.events.decode import LONGEST

STDIN = "-"
"""In place of a path."""

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


class SourceError(ValueError):
    """A source that can't be read at all, or not to its end; the message names the file and what to do."""


@contextmanager
def open_source(path: str) -> Iterator[IO[bytes]]:
    """Open a file for reading (``-`` is stdin); what is gzipped is unzipped, whatever its name.

    Raises ``SourceError`` when it can't be opened, or when reading it fails half-way.
    """
    try:
        with nullcontext(sys.stdin.buffer) if path == STDIN else open(path, "rb") as file:
            # what stands in for stdin, in a notebook or a test, may not be able to look ahead
            stream = file if isinstance(file, BufferedReader) else BufferedReader(cast(RawIOBase, file))
            yield cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if stream.peek(2)[:2] == _GZIP else stream
    except EOFError:
        raise SourceError(f"{path}: the gzip stream ends early: the file is incomplete, fetch it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{path}: the gzip stream is damaged ({error}): fetch the file again") from None
    except OSError as error:
        raise SourceError(f"{path}: can't be read: {error.strerror or error}") from None


def is_read_once(path: str) -> bool:
    """Whether nothing is left of a source once it was read: stdin, a pipe."""
    return path == STDIN or (Path(path).exists() and not Path(path).is_file())


def require_rereadable(paths: Sequence[str]) -> None:
    """Raise ``SourceError`` when one of these can't be read a second time."""
    for path in paths:
        if is_read_once(path):
            raise SourceError(f"{path}: can be read but once, and is needed twice: write it to a file, and give that")


def read_lines(path: str) -> Iterator[tuple[int, bytes]]:
    """Every line of a file that holds something, with its number (from 1) and without its end.

    A line longer than an event may be comes cut to one byte more than that, so that decoding refuses it.
    """
    with open_source(path) as stream:
        for number, line in split_lines(stream):
            if line and not line.isspace():
                yield number, line


def split_lines(stream: IO[bytes], longest: int = LONGEST) -> Iterator[tuple[int, bytes]]:
    """Every line of a stream, blank ones too; at most ``longest + 1`` bytes of each. A byte order mark is dropped."""
    number, rest = 0, stream.read(len(_BOM)).removeprefix(_BOM)
    read = getattr(stream, "read1", stream.read)
    ended = False
    while not ended:
        block = read(_BLOCK)
        ended = not block
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            number += 1
            yield number, line[: longest + 1].removesuffix(b"\r")
        rest = rest[: longest + 1]
    if rest:
        yield number + 1, rest.removesuffix(b"\r")
