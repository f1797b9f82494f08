"""Who there is: households of customers of a fictional Dutch insurer, with their habits.

Shares are general knowledge about Dutch households and insurers unless a source is given.
"""

from datetime import date
from random import Random

import msgspec

from signals.calendar.instant import DAY, Instant
from signals.calendar.local_clock import LocalClock

HEALTH, MORTGAGE = "health", "mortgage"
_HOLDINGS = {HEALTH: 0.78, "liability": 0.55, "contents": 0.5, "motor": 0.48, "travel": 0.3, "legal": 0.15}
_PREMIUMS = {
    HEALTH: 150,
    "liability": 6,
    "contents": 14,
    "motor": 55,
    "travel": 7,
    "legal": 17,
    "home": 22,
    MORTGAGE: 900,
}
_LANGUAGES = (("nl", 0.86), ("en", 0.06), ("mixed", 0.08))
_CHANNELS = (("phone", 0.36), ("email", 0.27), ("chat", 0.2), ("app", 0.1), ("whatsapp", 0.07))
_REFUSES = 0.04
_LEAVES_OUT_PHONE = 0.15
_LISTENED_TO = 0.6
_LINKED_FROM_START, _LINKED_LATER = 0.72, 0.2
_DRIFTS_PER_YEAR = 0.03
_FIRST_NUMBER = 100_001
_FIRST_MOBILE = 10_000_001
_FIXED_RATE_YEARS = 10


class Policy(msgspec.Struct):
    """One policy: ``since`` is its first day, ``renews`` its anniversary as month and day, the premium is per month.

    ``fixed_until`` is the end of a mortgage's fixed rate.
    """

    id: str
    product: str
    premium: float
    since: date
    renews: tuple[int, int]
    fixed_until: date | None = None
    ended: bool = False


class Person(msgspec.Struct):
    """One customer and their habits; rates are per year."""

    id: str
    email: str
    phone: str
    handle: str | None
    device: str
    linked_at: Instant | None
    age: int
    language: str
    visits: float
    contacts: float
    channel: str
    typo_share: float
    consents: bool
    phone_allowed: bool
    listened_to: bool
    policies: list[Policy]
    drifts_at: Instant | None

    def policy(self, product: str) -> Policy | None:
        """Their running policy of that product."""
        return next((policy for policy in self.policies if policy.product == product and not policy.ended), None)


class Household(msgspec.Struct):
    """People who live together and share what happens to them; ``random`` is the only chance in their life."""

    number: int
    random: Random
    people: list[Person]


class Horizon(msgspec.Struct, frozen=True):
    """The time that is played: from ``begin`` until just before ``end``, on the wall clock of ``clock``."""

    begin: Instant
    end: Instant
    clock: LocalClock

    @property
    def years(self) -> float:
        """Its length."""
        return (self.end - self.begin) / (365.25 * DAY)

    def day(self, instant: Instant) -> date:
        """The local day of an instant."""
        return date.fromordinal(self.clock.ordinal(instant))


def draw_households(customers: int, seed: int, horizon: Horizon) -> list[Household]:
    """Households with that many customers in all; the same for the same arguments."""
    households: list[Household] = []
    drawn = 0
    while drawn < customers:
        random = Random(f"{seed}/{len(households)}")  # noqa: S311 (a simulation, not a secret)
        size = min(2 if random.random() < 0.4 else 1, customers - drawn)
        age = round(min(90, max(19, random.gauss(48, 17))))
        ages = [age, min(90, max(19, age + random.randint(-5, 5)))][:size]
        people = [_draw_person(drawn + place, age, random, horizon) for place, age in enumerate(ages)]
        households.append(Household(len(households), random, people))
        drawn += size
    return households


def _draw_person(place: int, age: int, random: Random, horizon: Horizon) -> Person:
    number = _FIRST_NUMBER + place
    refuses = random.random() < _REFUSES
    drifts = random.random() < _DRIFTS_PER_YEAR * horizon.years
    return Person(
        id=f"customer:{number}",
        email=f"email:klant{number}@voorbeeld.nl",
        phone=f"phone:+316{_FIRST_MOBILE + place}",
        handle=f"social:x/klant{number}" if random.random() < 0.3 else None,
        device=f"device:web-{number}",
        linked_at=_draw_link(random, horizon),
        age=age,
        language=_draw(_LANGUAGES, random),
        visits=min(60.0, random.lognormvariate(2.1, 0.7)),
        contacts=min(12.0, random.lognormvariate(0.5, 0.6)),
        channel=_draw(_CHANNELS, random),
        typo_share=random.random() * 0.3,
        consents=not refuses,
        phone_allowed=not refuses and random.random() >= _LEAVES_OUT_PHONE,
        listened_to=not refuses and random.random() < _LISTENED_TO,
        policies=_draw_policies(number, age, random, horizon),
        drifts_at=random.randrange(horizon.begin, horizon.end) if drifts else None,
    )


def _draw_link(random: Random, horizon: Horizon) -> Instant | None:
    """When the device's visits become known as theirs: from the start, at a later log-in, or never."""
    draw = random.random()
    if draw < _LINKED_FROM_START:
        return horizon.begin
    return random.randrange(horizon.begin, horizon.end) if draw < _LINKED_FROM_START + _LINKED_LATER else None


def _draw_policies(number: int, age: int, random: Random, horizon: Horizon) -> list[Policy]:
    held = [product for product, share in _HOLDINGS.items() if random.random() < share] or ["liability"]
    if age > 27 and random.random() < 0.35:
        held.append("home")
        if age < 70 and random.random() < 0.4:
            held.append(MORTGAGE)
    begun = horizon.day(horizon.begin)
    return [
        Policy(
            id=f"P{number}-{product}",
            product=product,
            premium=round(_PREMIUMS[product] * random.uniform(0.8, 1.3), 2),
            since=_later(begun, -random.randint(20, 365 * min(25, age - 17))),
            renews=(1, 1) if product == HEALTH else (random.randint(1, 12), random.randint(1, 28)),
            fixed_until=_later(begun, random.randint(1, 365 * _FIXED_RATE_YEARS)) if product == MORTGAGE else None,
        )
        for product in held
    ]


def _later(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)


def _draw(shares: tuple[tuple[str, float], ...], random: Random) -> str:
    values, weights = zip(*shares, strict=True)
    return str(random.choices(values, weights)[0])
