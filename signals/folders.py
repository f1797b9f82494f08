"""Folders of packs and lexicons: whether what they say is still the same."""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path


def digest_of(folders: Iterable[Path]) -> str:
    """Sixteen characters that are others when anything in the YAML or the trained weights of these folders is."""
    digest = blake2b(digest_size=8)
    for folder in folders:
        for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("learned.json")]):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
