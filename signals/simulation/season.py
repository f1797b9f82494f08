"""The Dutch health season as customers live it: who compares, who leaves, when, and who comes back.

Shares: about 7 % of the insured switch (Vektis readings 6.2 to 8.2 % for 2019 to 2026), those of 18 to 44 most
(10.9 %, skipr.nl 2025-04), with a peak in the last two days of December (zorgkiezer.nl).
"""

from collections.abc import Iterator
from datetime import date

from signals.calendar.instant import DAY, HOUR, Instant
from signals.simulation.contracts import compare
from signals.simulation.population import HEALTH, Household, Person, Policy
from signals.simulation.scene import Happening, Scene, contact, soon
from signals.simulation.wording import in_language, wording

_SWITCHES = ((45, 0.109), (65, 0.062), (200, 0.025))
_COMPARES = 0.2
_LEAVES_SILENTLY = 0.12
_COMES_BACK = 0.05
_OPENS = (11, 12)
_SEASON_DAYS = 50


def opening(scene: Scene, year: int) -> Instant:
    """The local midnight of 12 November of that year, when all premiums are public."""
    return scene.horizon.clock.midnight(date(year, *_OPENS).toordinal())


def decide(scene: Scene, household: Household, person: Person, opens: Instant) -> list[Happening]:
    """One customer's season: nothing at all for most, comparing for some, leaving for a few."""
    policy = person.policy(HEALTH)
    if policy is None:
        return []
    random = household.random
    leaves = random.random() < next(share for below, share in _SWITCHES if person.age < below)
    compares = random.random() < (1 - _LEAVES_SILENTLY if leaves else _COMPARES)
    decided = _decision(scene, household, opens)
    if decided <= scene.horizon.begin:
        return []
    happenings: list[Happening] = []
    if compares:
        happenings += _look_around(scene, household, person, (opens, decided))
    if leaves:
        happenings += _leave(scene, household, person, policy, decided)
    elif compares and random.random() < 0.6:
        data = {"policy": policy.id, "product": HEALTH, "change": "renewed", "premium": policy.premium}
        happenings.append(Happening(decided, person.id, "policy.changed", "/policies", data))
    return happenings


def _look_around(
    scene: Scene, household: Household, person: Person, between: tuple[Instant, Instant]
) -> Iterator[Happening]:
    random = household.random
    opens, decided = between
    visits = sorted(
        scene.on_day(random.randrange(opens, decided), random) for _ in range(random.choice((1, 2, 2, 3, 4)))
    )
    if len(visits) > 1:
        scene.tell(household, person, "season.health_nl.comparing", visits[0])
    for start in visits:
        yield from compare(scene, person, start, household)
    if random.random() < 0.15:
        scene.tell(household, person, "relationship.switch_intent", visits[-1] + HOUR)
        sentence = random.choice(in_language(wording()["switch_intent"], person))
        yield contact(person, visits[-1] + HOUR, [sentence], random, topic="season")


def _leave(scene: Scene, household: Household, person: Person, policy: Policy, decided: Instant) -> Iterator[Happening]:
    random = household.random
    year = scene.horizon.day(decided).year
    policy.ended = True
    scene.tell(household, person, "season.health_nl.cancelled_elsewhere", decided)
    base = {"policy": policy.id, "product": HEALTH}
    cancelled = {**base, "change": "cancelled", "end_date": f"{year}-12-31"}
    yield Happening(decided, person.id, "policy.changed", "/policies", cancelled)
    if random.random() < _COMES_BACK:
        back = scene.horizon.clock.midnight(date(year + 1, 1, 2).toordinal()) + soon(random, 0.4, 27)
        policy.ended = False
        scene.tell(household, person, "season.health_nl.won_back", back)
        started = {**base, "change": "started", "start_date": f"{year + 1}-01-01", "premium": policy.premium}
        yield Happening(back, person.id, "policy.changed", "/policies", started)


def _decision(scene: Scene, household: Household, opens: Instant) -> Instant:
    """The moment they make up their mind: early, in the second half of December, or in its last two days."""
    random = household.random
    first, last = random.choices(((3, 33), (33, 48), (48, _SEASON_DAYS)), (45, 25, 30))[0]
    return scene.on_day(opens + random.randrange(first, last) * DAY + 12 * HOUR, random)
