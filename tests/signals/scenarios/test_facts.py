"""What a change in the profile states, in the words sources use; and what only looks as if it did."""

from typing import Any

import pytest

from tests.signals.scenarios.driver import Story

STATED: list[tuple[str, str, Any]] = [
    ("marriage", "marital_status", "gehuwd"),
    ("marriage", "marital_status", "registered_partnership"),
    ("divorce", "marital_status", "gescheiden"),
    ("cohabitation", "household", "samenwonend"),
    ("cohabitation", "household", "living_together"),
    ("cohabitation", "household", "partner moved in"),
    ("birth", "household", "kind geboren"),
    ("birth", "household", "2 adults, 1 child"),
    ("birth", "household", {"adults": 2, "children": 1}),
    ("child_adult", "household", "kind 18"),
    ("new_job", "employment", "newEmployer"),
    ("job_loss", "employment", "laid off"),
    ("job_loss", "employment", "geen baan"),
    ("retirement", "employment", "gepensioneerd"),
    ("new_business", "employment", "zelfstandige"),
    ("new_business", "employment", "eigen bedrijf"),
    ("bereavement", "household", "partner died"),
    ("bereavement", "household", {"partner": "deceased"}),
    ("bereavement", "marital_status", "weduwnaar"),
    ("move", "address", {"street": "Nieuwstraat 1", "city": "Utrecht"}),
]


@pytest.mark.parametrize(("event", "field", "new"), STATED)
def test_a_fact_is_understood_and_states_nothing_else(event: str, field: str, new: Any) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field=field, new=new)
    assert [trigger for trigger in story.fired if trigger.startswith("life_event.")] == [f"life_event.{event}"]


UNSTATED: list[tuple[str, Any, Any]] = [
    ("marital_status", "married", "unmarried"),
    ("marital_status", "gehuwd", "ongehuwd"),
    ("marital_status", None, "not married"),
    ("marital_status", "married", "married"),
    ("household", "2 children", "child moved out"),
    ("household", None, "no children"),
    ("household", {"children": 1}, {"children": 0}),
    ("household", None, "2 adults"),
    ("employment", "employed", "employed"),
    ("address", "Dorpsstraat 1", "Dorpsstraat 1"),
    ("address", "Dorpsstraat 1", None),
]


@pytest.mark.parametrize(("field", "old", "new"), UNSTATED)
def test_what_is_denied_or_has_not_changed_states_nothing(field: str, old: Any, new: Any) -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field=field, old=old, new=new)
    assert story.fired == []


def test_the_same_value_again_is_no_change_though_the_old_one_is_not_told() -> None:
    story = Story().consenting()
    for day in (2, 30):
        story.on(f"2026-03-{day:02}T10:00", "profile.changed", field="employment", new="employed")
    assert story.reasons("life_event.new_job") == ["RELEASED"]


def test_a_child_that_died_is_a_bereavement_and_never_a_birth() -> None:
    story = Story().consenting().on("2026-03-02T10:00", "profile.changed", field="household", new="child deceased")
    assert story.fired == ["guard.bereavement", "life_event.bereavement"]


@pytest.mark.parametrize(
    ("url", "fired"),
    [
        ("https://www.pensioenverzekeraar.nl/verhuizen", ["life_event.move"]),
        ("/change-address", ["life_event.move"]),
        ("/moving", ["life_event.move"]),
        ("/remove-policy", []),
        ("/first_home", ["life_event.home_purchase"]),
        ("/overlijdensrisicoverzekering", []),
        ("/na-overlijden", ["life_event.bereavement"]),
    ],
)
def test_pages_tell_by_the_words_of_their_address_whatever_the_site_is_called(url: str, fired: list[str]) -> None:
    story = Story().consenting()
    for day in range(2, 7):
        story.on(f"2026-03-0{day}T10:00", "web.viewed", url=url)
    assert story.fired == fired


@pytest.mark.parametrize(
    ("event", "told", "label"),
    [
        ("web.viewed", {"url": "https://www.example.nl/hypotheek/eerste-woning"}, "home_purchase"),
        ("web.viewed", {"url": "/mortgage/first-time-buyer"}, "home_purchase"),
        ("web.viewed", {"url": "/zoeken?q=eerste%20woning"}, "home_purchase"),
        ("web.searched", {"query": "Bouwkundige keuring bij aankoop"}, "home_purchase"),
        ("web.viewed", {"url": "/hypotheek/rentevast-periode"}, "mortgage_renewal"),
        ("web.searched", {"query": "wij zijn in verwachting"}, "birth"),
        ("web.searched", {"query": "maternity care"}, "birth"),
        ("form.changed", {"form": "samenlevingscontract", "step": "started"}, "cohabitation"),
        ("web.searched", {"query": "alimentatie berekenen"}, "divorce"),
        ("web.searched", {"query": "kind gaat studeren"}, "child_adult"),
        ("web.searched", {"query": "van baan veranderen"}, "new_job"),
        ("web.viewed", {"url": "/life-events/losing-your-job"}, "job_loss"),
        ("web.viewed", {"url": "/retiring"}, "retirement"),
        ("web.searched", {"query": "inschrijven bij de kvk"}, "new_business"),
        ("web.viewed", {"url": "/service/adresWijzigen"}, "move"),
        ("web.searched", {"query": "hond gekocht verzekering"}, "pet"),
        ("web.viewed", {"url": "/service/reporting-a-death"}, "bereavement"),
    ],
)
def test_what_people_look_for_tells_of_one_thing(event: str, told: dict[str, Any], label: str) -> None:
    held = Story().on("2026-03-02T10:00", event, **told).customer().beliefs
    assert {name: [piece.weight for piece in pieces] for name, pieces in held.items()} == {
        f"life_event.{label}": [0.25]
    }
