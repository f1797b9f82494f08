"""Proposed packs: each version kept as it was proposed, and what it would change told from recent events."""

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import uuid4

import msgspec

from signals.config import Config
from signals.decision.controls import Control
from signals.pack.compile import open_pack
from signals.pack.document import Document, PackError
from signals.pack.environment import Fingerprint
from signals.pack.header import PackHeader
from signals.pack.load import pack_folder
from streams.replay import Options, replay
from streams.replay.difference import difference

_FILE = re.compile(r"(?:[a-z0-9][a-z0-9_.-]*/){0,2}[a-z0-9][a-z0-9_.-]*\.(?:yaml|txt|json)")
_PACK = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def write_pack(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a pack into their folder; raises ``PackError``.

    Each takes its place whole, for who reads the pack meanwhile; a name that leads out of the folder is refused.
    """
    if wrong := sorted(name for name in files if not _FILE.fullmatch(name)):
        raise PackError([f"{name}: name files as in pack.yaml or triggers/mine.yaml" for name in wrong])
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = folder.parent / f".{uuid4().hex}"
        fresh.write_text(text, "utf-8")
        fresh.replace(path)
    return folder


def places_with(places: Sequence[str], place: str) -> list[str]:
    """The places of the packs that decided, one after the other, once this one does: going back forgets what came
    after it."""
    return [*places[: places.index(place) + 1]] if place in places else [*places, place]


def keep_pack(shelf: Path, files: Mapping[str, str], config: Config) -> tuple[Fingerprint, str]:
    """Keep the files of a pack in a folder of their own; returns the pack and its place.

    Raises ``PackError`` with all problems, each with file and line; then nothing is kept.
    """
    folder = shelf / uuid4().hex
    try:
        write_pack(folder, files)
        _require_known_parent(folder)
        fingerprint = open_pack(config.model_copy(update={"pack": str(folder)})).environment.fingerprint
    except PackError as error:
        rmtree(folder, ignore_errors=True)
        raise PackError([problem.replace(f"{folder}/", "") for problem in error.problems]) from None
    return fingerprint, str(folder)


def _require_known_parent(folder: Path) -> None:
    """A pack from outside extends built-in packs only: no path of this machine."""
    header = Document(pack_folder(str(folder)) / "pack.yaml").check(PackHeader)
    if header.extends and not _PACK.fullmatch(header.extends):
        raise PackError(["pack.yaml: extends: name a built-in pack, such as insurance-nl"])


def pack_texts(folder: Path) -> dict[str, str]:
    """The files of a pack's folder, to be proposed."""
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_text("utf-8") for name, path in found.items() if _FILE.fullmatch(name)}


def compare(config: Config, old: str, new: str, events: Sequence[bytes], controls: Sequence[Control]) -> dict[str, Any]:
    """What another pack changes on these events, in counts, without customers; worked out in another process."""
    with NamedTemporaryFile(suffix=".jsonl", delete=False) as file:
        file.writelines(event + b"\n" for event in events)
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("forkserver")) as pool:
            return pool.submit(_compare, config, old, new, file.name, tuple(controls)).result()
    finally:
        with suppress(OSError):
            Path(file.name).unlink()


def _compare(config: Config, old: str, new: str, file: str, controls: tuple[Control, ...]) -> dict[str, Any]:
    runs = [
        replay(Options((file,), config.model_copy(update={"pack": pack}), processes=1, controls=controls))
        for pack in (old, new)
    ]
    found = difference(*runs)
    told = msgspec.to_builtins(found, str_keys=True)
    del told["changes"]
    return dict(told) | {"customers_touched": len({change.customer for change in found.changes})}
