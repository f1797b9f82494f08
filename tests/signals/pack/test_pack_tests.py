"""Every inline test of every pack that is shipped."""

import pytest

from signals.config import Config
from signals.pack.load import BUILT_IN, load_pack
from signals.pack.model import PackTest, Trigger
from signals.pack.testing import run_pack_tests

PACKS = sorted(path.parent.name for path in BUILT_IN.glob("*/pack.yaml"))


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_own_tests_pass(name: str) -> None:
    results = list(run_pack_tests(load_pack(name), Config(pack=name)))
    assert results
    assert [result for result in results if result.problem] == []


@pytest.mark.parametrize("name", PACKS)
def test_every_trigger_tells_why_it_is_there_and_has_a_test_that_fires_and_one_that_does_not(name: str) -> None:
    for trigger, definition in load_pack(name).triggers.items():
        assert len(definition.about.split()) >= 10, trigger
        fires = [_is_expected(trigger, definition, test) for test in definition.tests]
        assert set(fires) == {True, False}, f"{trigger} needs a test that fires and one that must not"


def test_every_trigger_of_the_insurers_pack_names_its_source() -> None:
    unsourced = [
        name for name, trigger in load_pack("insurance-nl").triggers.items() if "Source: " not in trigger.about
    ]
    assert unsourced == []


def _is_expected(trigger: str, definition: Trigger, test: PackTest) -> bool:
    names = [entry if isinstance(entry, str) else str(entry["trigger"]) for entry in test.expect]
    return any(name == trigger or (bool(definition.variant) and name.startswith(f"{trigger}.")) for name in names)
