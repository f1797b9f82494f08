"""Files of any kind are read line by line in bounded memory."""

import gzip
import io
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.events.decode import LONGEST, Rejected, decode_structured
from streams.sources.files import SourceError, read_lines, split_lines


def test_lines_come_with_their_numbers_and_blank_ones_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\xef\xbb\xbf{1}\r\n\n   \n{2}\n{3}")
    assert list(read_lines(str(file))) == [(1, b"{1}"), (4, b"{2}"), (5, b"{3}")]


def test_gzip_is_known_by_its_bytes_not_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert list(read_lines(str(file))) == [(1, b"a"), (2, b"b")]


@pytest.mark.parametrize("content", [b"a\nb\n", gzip.compress(b"a\nb\n", mtime=0)])
def test_a_dash_is_stdin(content: bytes) -> None:
    program = "from streams.sources.files import read_lines; print(list(read_lines('-')))"
    done = subprocess.run([sys.executable, "-c", program], input=content, capture_output=True, check=True)
    assert done.stdout == b"[(1, b'a'), (2, b'b')]\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (gzip.compress(b"x\n" * 1000, mtime=0)[:-9], "incomplete"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 50, "damaged"),
        (b"\x1f\x8bnonsense", "damaged"),
    ],
)
def test_a_broken_gzip_stream_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "events.gz"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=f"events.gz: .*{says}"):
        list(read_lines(str(file)))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SourceError, match="no-such-file: can't be read"):
        list(read_lines("no-such-file"))


def test_a_line_that_is_too_long_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl.gz"
    with gzip.open(file, "wb") as stream:
        stream.write(b"{}\n")
        for _ in range(50):
            stream.write(b"x" * 1_000_000)
        stream.write(b"\n{}\n")
    tracemalloc.start()
    lines = list(read_lines(str(file)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(number, len(line)) for number, line in lines] == [(1, 2), (2, LONGEST + 1), (3, 2)]
    assert peak < 10_000_000
    refused = decode_structured(lines[1][1])
    assert isinstance(refused, Rejected)
    assert refused.reason == "TOO_LARGE"


class Trickle(io.BytesIO):
    """A stream that gives a few bytes at a time, as a pipe does."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(3)


@given(st.binary())
def test_no_byte_is_lost_however_the_stream_comes(content: bytes) -> None:
    if content.startswith(b"\xef\xbb\xbf"):
        return
    whole = [line for _, line in split_lines(io.BytesIO(content))]
    assert [line for _, line in split_lines(Trickle(content))] == whole
    expected = content.split(b"\n")
    expected = expected if expected[-1] else expected[:-1]
    assert whole == [line.removesuffix(b"\r") for line in expected]
