"""Files in a pack's folder that look like a part of the pack, and that nothing reads."""

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

_FOLDERS = ("triggers", "calendars", "lexicon")
_FILES = ("pack.yaml", "tracking.yaml")
_YAML = (".yaml", ".yml")
_ALIKE = 0.75


def unread(folder: Path) -> Iterator[str]:
    """One line for each, which says where it would be read."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in _FOLDERS:
            near = get_close_matches(path.name.lower(), _FOLDERS, 1, _ALIKE)
            if near and any(_is_yaml(one) for one in path.rglob("*")):
                yield f"{path}: is not read; is it {near[0]}/?"
        elif _is_yaml(path) and path.name not in _FILES:
            meant = f"{path.stem.lower()}.yaml"
            if meant in _FILES:
                yield _call_it(path, meant)
            elif near := get_close_matches(path.stem.lower(), _FOLDERS, 1, _ALIKE):
                yield f"{path}:1: is not read; put it in {near[0]}/"
    for part, deep in (("triggers", 0), ("calendars", 0), ("lexicon", 1)):
        yield from _in_part(folder / part, deep)


def _in_part(folder: Path, deep: int) -> Iterator[str]:
    """Of a folder whose files stand right in it, or so many folders ``deep``."""
    for path in sorted(folder.rglob("*")):
        if _is_yaml(path):
            if len(path.relative_to(folder).parts) > deep + 1:
                yield f"{path}:1: is not read; move it to {folder.name}/{'LANGUAGE/' if deep else ''}"
            elif path.suffix != _YAML[0]:
                yield _call_it(path, f"{path.stem}.yaml")


def _call_it(path: Path, name: str) -> str:
    return f"{path}:1: is not read; call it {name}"


def _is_yaml(path: Path) -> bool:
    return path.suffix.lower() in _YAML and path.is_file()
