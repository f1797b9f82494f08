"""Every inline test of every pack that is shipped."""

import pytest

from signals.config import Config
from signals.pack.load import BUILT_IN, load_pack
from signals.pack.testing import run_pack_tests

PACKS = sorted(path.parent.name for path in BUILT_IN.glob("*/pack.yaml"))


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_own_tests_pass(name: str) -> None:
    results = list(run_pack_tests(load_pack(name), Config(pack=name)))
    assert results
    assert [result for result in results if result.problem] == []
