"""The files of a pack on disk."""

import threading
from pathlib import Path

import pytest

from signals.pack.document import PackError
from streams.steering.packs import write_pack

TEXT = "# a pack of some size\n" * 50_000


def test_who_reads_a_pack_while_it_is_written_again_reads_it_whole(tmp_path: Path) -> None:
    path = write_pack(tmp_path / "mine", {"pack.yaml": TEXT}) / "pack.yaml"
    writer = threading.Thread(target=lambda: [write_pack(tmp_path / "mine", {"pack.yaml": TEXT}) for _ in range(50)])
    writer.start()
    read = set()
    while writer.is_alive():
        read.add(path.read_text() == TEXT)
    writer.join()
    assert read == {True}
    assert [file.name for file in tmp_path.iterdir()] == ["mine"], "nothing is left beside it"


def test_a_pack_writes_nothing_outside_its_folder(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"\.\./pack\.yaml"):
        write_pack(tmp_path / "mine", {"../pack.yaml": TEXT})
    assert list(tmp_path.iterdir()) == []
