"""``signals customer``: the whole of a customer, in words a person reads."""

from signals.customer.view import customer_view
from streams.cli.portrait import portrait
from tests.signals.scenarios.driver import Story, moment


def test_a_customer_is_shown_as_a_person_and_never_by_the_text_of_a_note() -> None:
    story = Story().consenting().insured("car", premium=50, start_date="2018-01-01")
    for day in range(2, 9):
        story.on(f"2026-03-0{day}T10:00", "contact.received", channel="phone", case="C1", sentiment=0.5)
    story.on(
        "2026-03-09T10:00", "contact.received", channel="chat", case="C2", sentiment=-0.9, text="Schandalig, Piet!"
    )
    story.on("2026-03-10T10:00", "complaint.changed", complaint="K1", status="opened")
    story.on("2026-03-10T10:00", "community.joined", community="wonen", job="move")
    story.on("2026-03-10T10:00", "promise.changed", promise="B1", status="made", due="2026-03-20")
    story.on("2026-03-10T11:00", "identity.linked", from_="customer:1001", to="customer:2", source_of_truth="household")
    told = list(portrait(customer_view(story.customer(), story.engine.pack, moment("2026-03-11T10:00"))))
    assert "stage at_risk: an open complaint" in told
    assert "rhythm: in touch every 1.0 days" in told
    assert "household: customer:2" in told
    assert "job in progress: move, shared with wonen" in told
    assert "complaints: K1 opened" in told
    (experience,) = [line for line in told if line.startswith("experience ")]
    assert float(experience.split()[1]) < 1
    assert any("about C1, touches 7, by_customer 7, channels phone" in line for line in told)
    assert any(line.startswith("  guard complaint, since 2026-03-10 10:00 CET") for line in told)
    assert any(line.startswith("  promise B1, due 2026-03-20 17:00 CET, status made") for line in told)
    assert "Piet" not in "\n".join(told)


def test_somebody_we_hardly_know_is_shown_in_a_few_lines() -> None:
    story = Story().on("2026-03-02T10:00", "web.viewed", url="/")
    told = list(portrait(customer_view(story.customer(), story.engine.pack, moment("2026-03-03T10:00"))))
    assert told[2] == "stage prospect: has no contract and never ordered"
    assert not [line for line in told if line.startswith(("household", "job", "complaints", "coherence", "rhythm"))]


def test_times_are_told_in_the_zone_of_the_pack_and_stay_utc_for_programs() -> None:
    story = (
        Story().on("2026-10-25T02:30+02:00", "web.viewed", url="/").on("2026-10-25T02:30+01:00", "web.viewed", url="/")
    )
    found = customer_view(story.customer(), story.engine.pack, moment("2026-10-25T10:00"))
    assert (found["zone"], found["since"]) == ("Europe/Amsterdam", "2026-10-25T00:30:00Z")
    told = list(portrait(found))
    assert told[0] == "times are those of Europe/Amsterdam"
    assert [line.split(", ")[0] for line in told[-2:]] == [
        "  time 2026-10-25 02:30 CET",
        "  time 2026-10-25 02:30 CEST",
    ]
    assert "T00:30:00Z" not in "\n".join(told)


def test_of_who_was_erased_nothing_is_shown_but_that() -> None:
    story = Story().on("2026-03-02T10:00", "web.viewed", url="/")
    assert list(portrait(customer_view(story.customer(), story.engine.pack, moment("2026-03-02T10:01"))))[1].endswith(
        ", 1 touch"
    )
    story.on("2026-03-03T10:00", "privacy.requested", kind="erase")
    assert list(portrait(customer_view(story.customer(), story.engine.pack, moment("2026-03-04T10:00"))))[1:] == [
        "customer:1001, erased 2026-03-03 10:00 CET: nothing else is known"
    ]
