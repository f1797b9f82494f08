"""What may happen to a household, and when it begins: by chance, as a life event, or because the date is there."""

from bisect import bisect
from collections.abc import Callable, Iterator
from functools import partial
from itertools import accumulate

from signals.calendar.instant import DAY, HOUR, Instant
from signals.simulation import contracts, everyday, service
from signals.simulation.lives import LifeEvent, life_events, live
from signals.simulation.population import HEALTH, MORTGAGE, Household, Person, Policy
from signals.simulation.scene import Happening, Scene
from signals.simulation.season import decide, opening

Teller = Callable[[Scene, Household, Person, Instant], list[Happening]]
Episode = tuple[Instant, Callable[[], list[Happening]]]
"""When something begins, and what makes the happenings from then on."""

_YEAR = 365.25 * DAY
_GAPS_BEFORE, _GAPS_AFTER = 10, 5
_RATES: tuple[tuple[float, Teller], ...] = (
    (0.1, everyday.wonder),
    (0.12, everyday.gossip),
    (0.3, everyday.chatter),
    (0.3, everyday.answer_survey),
    (0.03, everyday.refer),
    (0.02, everyday.join),
    (0.25, everyday.be_called),
    (0.02, everyday.refuse),
    (0.12, service.have_damage),
    (0.03, service.fall_behind),
    (0.15, contracts.ask_quote),
    (0.02, contracts.leave_one),
)
_SHARES_OF_CONTACTS: tuple[tuple[float, Teller], ...] = (
    (0.68, everyday.ask),
    (0.14, everyday.speak_up),
    (0.08, service.be_promised),
    (0.08, service.struggle),
    (0.02, service.complain),
)


def stories_of(scene: Scene, household: Household) -> list[Iterator[Episode]]:
    """The streams of episodes in the life of a household, each in the order of beginning."""
    everyday_lives = [_by_chance(scene, household, person) for person in household.people]
    return [_by_date(scene, household), _life_events(scene, household), *everyday_lives]


def _by_chance(scene: Scene, household: Household, person: Person) -> Iterator[Episode]:
    """Visits, contacts and all that comes at no particular moment, until the person grows apart."""
    by_contact = ((share * person.contacts, teller) for share, teller in _SHARES_OF_CONTACTS)
    rates, tellers = zip(*_RATES, *by_contact, (person.visits, everyday.browse), strict=True)
    cumulative = list(accumulate(rates))
    random = household.random
    end = min(scene.horizon.end, person.drifts_at or scene.horizon.end)
    time = float(scene.horizon.begin)
    while (time := time + random.expovariate(cumulative[-1]) * _YEAR) < end:
        teller = tellers[bisect(cumulative, random.random() * cumulative[-1])]
        yield _midnight(scene, int(time)), partial(_on_that_day, scene, household, person, teller, int(time))


def _on_that_day(scene: Scene, household: Household, person: Person, teller: Teller, time: Instant) -> list[Happening]:
    return teller(scene, household, person, max(scene.horizon.begin + HOUR, scene.on_day(time, household.random)))


def _life_events(scene: Scene, household: Household) -> Iterator[Episode]:
    """Life events, each beginning with the day of its first possible trace."""
    age = household.people[0].age
    possible = [life for life in life_events().values() if life.yearly and life.ages[0] <= age <= life.ages[1]]
    if not possible:
        return
    cumulative = list(accumulate(life.yearly for life in possible))
    random = household.random
    time = float(scene.horizon.begin - max(life.lead + life.aftermath for life in possible) * DAY)
    while (time := time + random.expovariate(cumulative[-1]) * _YEAR) < scene.horizon.end:
        life = possible[bisect(cumulative, random.random() * cumulative[-1])]
        person = random.choice(household.people)
        if person.drifts_at is None or time < person.drifts_at:
            yield _midnight(scene, int(time)), partial(_live, scene, household, person, life, int(time))


def _live(scene: Scene, household: Household, person: Person, life: LifeEvent, first_trace: Instant) -> list[Happening]:
    noon = _midnight(scene, _midnight(scene, first_trace) + life.lead * DAY + 12 * HOUR) + 12 * HOUR
    return live(scene, household, person, life, noon)


def _by_date(scene: Scene, household: Household) -> Iterator[Episode]:
    """What has a date: the books at the start, renewals, the season, a first log-in, the end of a fixed rate."""
    yield scene.horizon.begin, partial(_books, scene, household)
    for year in range(scene.horizon.day(scene.horizon.begin).year, scene.horizon.day(scene.horizon.end).year + 2):
        dated = [episode for person in household.people for episode in _dated(scene, household, person, year)]
        yield from sorted((one for one in dated if one[0] > scene.horizon.begin), key=lambda episode: episode[0])


def _books(scene: Scene, household: Household) -> list[Happening]:
    return [one for person in household.people for one in contracts.on_the_books(scene, person, scene.horizon.begin)]


def _dated(scene: Scene, household: Household, person: Person, year: int) -> Iterator[Episode]:
    opens = opening(scene, year)
    if person.drifts_at is None or opens < person.drifts_at:
        yield max(opens, scene.horizon.begin + HOUR), partial(decide, scene, household, person, opens)
    for policy in person.policies:
        if policy.product not in (HEALTH, MORTGAGE):
            offer, day = contracts.offer_and_anniversary(scene, policy, year)
            yield offer, partial(contracts.renew, scene, household, person, policy, day)
        elif policy.fixed_until is not None:
            yield from _fixed_rate_ends(scene, household, person, policy, year)
    if person.linked_at is not None and scene.horizon.day(person.linked_at).year == year:
        yield person.linked_at, partial(contracts.log_in, person, person.linked_at)
    if person.drifts_at is not None and scene.horizon.day(person.drifts_at).year == year:
        yield person.drifts_at, partial(_grow_apart, scene, household, person, person.drifts_at)


def _fixed_rate_ends(
    scene: Scene, household: Household, person: Person, policy: Policy, year: int
) -> Iterator[Episode]:
    life = life_events()["mortgage_renewal"]
    assert policy.fixed_until is not None
    first_trace = scene.horizon.clock.midnight(policy.fixed_until.toordinal() - life.lead)
    if scene.horizon.day(first_trace).year == year:
        yield first_trace, partial(_live, scene, household, person, life, first_trace)


def _grow_apart(scene: Scene, household: Household, person: Person, time: Instant) -> list[Happening]:
    """The truth is told where a rhythm could show before and a long silence after."""
    gap = _YEAR / (person.visits + person.contacts)
    if scene.horizon.begin + _GAPS_BEFORE * gap < time < scene.horizon.end - _GAPS_AFTER * gap:
        scene.tell(household, person, "relationship.growing_apart", time)
    return []


def _midnight(scene: Scene, instant: Instant) -> Instant:
    return scene.horizon.clock.midnight(scene.horizon.clock.ordinal(instant))
