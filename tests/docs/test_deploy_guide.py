"""The guide to running it: its example files are what a deployment could use, and name every key there is."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from signals.config import Config, load_config
from signals.faults import keys_at
from signals.pack.compile import open_pack
from signals.yaml_text import YamlText
from streams.sinks.settings import SinksFile, read_sinks
from tests.docs.examples import files_of

GUIDE = Path(__file__).parents[2] / "deploy" / "README.md"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the guide tells to save."""
    for name, text in files_of(GUIDE).items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_configuration_fits_the_pack_and_names_every_key(folder: Path) -> None:
    config = load_config(folder / "config.yaml")
    assert open_pack(config).environment.config.desks["advisers"].capacity_per_hour == 12
    said = set(_paths(YamlText((folder / "config.yaml").read_text()).content))
    for place in ((), ("holdout",), ("caps", 0), ("weights",), ("learning",), ("desks", "advisers")):
        assert [key for key in keys_at(Config, place) if (*place, key) not in said] == []


def test_the_sinks_can_be_read_and_are_of_every_kind(folder: Path) -> None:
    kinds = {one.kind for one in read_sinks(folder / "sinks.yaml").values()}
    assert kinds == set(_kinds(SinksFile))


def _kinds(model: type[BaseModel]) -> Iterator[str]:
    for part in get_args(get_args(model.model_fields["sinks"].annotation)[1])[:1]:
        for one in get_args(part):
            yield from get_args(one.model_fields["kind"].annotation)


def _paths(content: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document that has a value."""
    yield place
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inside:
        yield from _paths(value, (*place, key))
