"""Links come and go in any order, named from either end: one person are those whom the links that stand connect."""

from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st

from signals.calendar.instant import DAY, HOUR
from signals.engine import Engine
from tests.signals.properties.histories import BEGIN, event_of, pack
from tests.signals.properties.test_invariants import MANY

SUBJECTS = ["customer:1", "policy:P7", "email:a@example.nl", "device:d", "device:e"]
PAIRS = list(combinations(SUBJECTS, 2))
STEPS = st.lists(st.tuples(st.sampled_from(PAIRS), st.booleans()), min_size=2, max_size=10)


def connected(links: set[tuple[str, str]], subject: str) -> set[str]:
    found, before = {subject}, set[str]()
    while found != before:
        before = set(found)
        found |= {one for link in links for one in link if found & set(link)}
    return found


LINKED, PARTED_FROM_THE_OTHER_END = (("device:d", "device:e"), False), (("device:d", "device:e"), True)
OF_TWO_PEOPLE = [(("customer:1", "device:d"), False), (("policy:P7", "device:e"), False)]


@MANY
@given(STEPS)
@example([*OF_TWO_PEOPLE, LINKED, PARTED_FROM_THE_OTHER_END])
def test_who_is_one_person_follows_from_the_links_that_stand(steps: list[tuple[tuple[str, str], bool]]) -> None:
    engine, links, number = Engine(pack()), set[tuple[str, str]](), 0
    for subject in SUBJECTS:
        number += 1
        engine.process([event_of(number, BEGIN + number * HOUR, subject, ("contact.received", {"channel": "phone"}))])
    for pair, turned in steps:
        number += 1
        if pair in links:
            links.remove(pair)
            type_ = "identity.unlinked"
        elif pair[1] in connected(links, pair[0]):
            continue
        else:
            links.add(pair)
            type_ = "identity.linked"
        first, second = reversed(pair) if turned else pair
        told = (type_, {"from": first, "to": second})
        engine.process([event_of(number, BEGIN + number * DAY, first, told)])
    for subject in SUBJECTS:
        person, row = connected(links, subject), engine.customer(subject)
        assert row is not None
        if row.became is None:
            assert {subject, *row.aliases} == person
            assert row.touch_count == len(person)
        else:
            assert row.became in person
