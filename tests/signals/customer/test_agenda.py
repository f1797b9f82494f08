"""The agenda against the plain truth: of all keys the earliest, whatever is moved meanwhile."""

from sys import getrefcount

from hypothesis import example, given
from hypothesis import strategies as st

from signals.calendar.instant import DAY
from signals.customer.agenda import Agenda
from signals.customer.underway import NEVER

MOMENTS = st.one_of(
    st.integers(-3 * DAY, 3 * DAY), st.sampled_from([-DAY, -1, 0, DAY - 1, DAY, 2 * DAY, 40 * DAY, NEVER])
)
MOVES = st.lists(st.tuples(st.sampled_from("abcdef"), MOMENTS), max_size=40)


@given(MOVES, st.lists(st.tuples(st.integers(-4 * DAY, 50 * DAY), MOVES), max_size=6))
def test_what_is_due_comes_in_order_whatever_is_moved(
    first: list[tuple[str, int]], turns: list[tuple[int, list[tuple[str, int]]]]
) -> None:
    agenda, known = Agenda(), dict[str, int]()

    def move(moves: list[tuple[str, int]]) -> None:
        for key, due in moves:
            agenda.schedule(key, due)
            known.pop(key, None)
            if due != NEVER:
                known[key] = due
            assert agenda.due_of(key) == due
            assert agenda.first() == min(known.values(), default=NEVER)

    move(first)
    for until, moves in turns:
        coming = iter(moves)
        for moment, key in agenda.take(until):
            assert (moment, key) == min((due, key) for key, due in known.items())
            del known[key]
            move([*[next(coming, ("a", NEVER))]])
        assert agenda.first() > until
        assert agenda.overdue(until) == 0
        move(list(coming))
        assert agenda.overdue(NEVER) == len(known)  # of who waits for nothing, no key is kept


@given(MOVES)
@example([("a", DAY), ("a", -1), ("b", -DAY - 1), ("c", -1), ("d", -3 * DAY)])  # the day before 1970 is no. −1
def test_what_is_due_comes_in_order_when_nobody_looked_while_it_was_moved(moves: list[tuple[str, int]]) -> None:
    agenda = Agenda()
    for key, due in moves:
        agenda.schedule(key, due)
    waiting = [(due, key) for key, due in dict(moves).items() if due != NEVER]
    assert list(agenda.take(50 * DAY)) == sorted(waiting)


def test_what_is_moved_again_and_again_leaves_no_places_behind() -> None:
    agenda, key = Agenda(), "-".join(("customer", "1"))
    agenda.schedule("another", 400 * DAY)
    for number in range(10_000):
        agenda.schedule(key, number * 7919 % 300 * DAY + number)
        agenda.first()
    assert getrefcount(key) < 10
