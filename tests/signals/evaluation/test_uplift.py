"""Uplift against figures worked out by hand, its coverage, and when it holds its tongue."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.evaluation.uplift import Arm, uplift


def test_two_known_shares() -> None:
    found = uplift(Arm(1000, 120), Arm(1000, 100))
    assert found.word == "no_difference"
    assert found.absolute == pytest.approx(0.02)
    assert (found.low, found.high) == (pytest.approx(-0.00741, abs=1e-5), pytest.approx(0.04741, abs=1e-5))
    assert found.relative == pytest.approx(0.2)
    assert found.relative_low == pytest.approx(0.2 - 1.959964 * 0.153362, abs=1e-4)
    assert found.smallest == pytest.approx(2.801585 * 0.0139857, abs=1e-5)


def test_the_word_follows_the_interval() -> None:
    assert uplift(Arm(10_000, 1200), Arm(10_000, 1000)).word == "more"
    assert uplift(Arm(10_000, 1000), Arm(10_000, 1200)).word == "less"


def test_the_smallest_difference_is_that_of_the_textbooks_size_of_sample() -> None:
    people = 3841  # to see 12 % beside 10 % four times out of five, at 5 %
    found = uplift(Arm(people, round(0.12 * people)), Arm(people, round(0.1 * people)))
    assert found.smallest == pytest.approx(0.02, rel=0.02)


@given(st.integers(0, 400), st.integers(0, 400), st.data())
def test_few_people_get_no_figure_and_nothing_ever_fails(treated: int, holdout: int, data: st.DataObject) -> None:
    arms = [Arm(people, data.draw(st.integers(0, people))) for people in (treated, holdout)]
    found = uplift(*arms)
    if found.word == "too_early":
        assert found.absolute is None
    else:
        assert min(treated, holdout) >= 200
        assert found.low is not None
        assert found.high is not None
        assert found.low <= found.absolute <= found.high  # type: ignore[operator]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    draw = random.Random(5)
    held = 0
    for _ in range(300):
        arms = [Arm(500, sum(draw.random() < rate for _ in range(500))) for rate in (0.15, 0.10)]
        found = uplift(*arms)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.05 <= found.high
    assert 0.91 <= held / 300 <= 0.99
