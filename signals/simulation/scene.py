"""What the stories share: the horizon, the list of truths, and how to leave a trace."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

import msgspec

from signals.calendar.instant import DAY, HOUR, MINUTE, Instant, format_instant
from signals.calendar.local_clock import EPOCH_ORDINAL
from signals.calendar.working_days import HolidayRules, working_days
from signals.simulation.population import Horizon, Household, Person
from signals.simulation.wording import compose

SITE = "https://www.noordhaven.example"
_HOURS = range(7, 23)
_HOUR_WEIGHTS = tuple(accumulate((2, 3, 6, 7, 7, 6, 6, 7, 6, 6, 5, 4, 7, 8, 6, 3)))


class Happening(NamedTuple):
    """An event to be: everything but its id."""

    time: Instant
    subject: str
    type: str
    source: str
    data: dict[str, Any]
    warmup: bool = False


class Truth(msgspec.Struct, frozen=True):
    """What was really going on, hidden from the detectors.

    ``event`` is named as the trigger that should find it; ``household`` lists everybody it concerns; ``contactable``
    says whether ``customer`` consented to being contacted about such things.
    """

    customer: str
    event: str
    time: Instant
    household: list[str]
    contactable: bool

    def record(self) -> dict[str, Any]:
        """As one line of the truth file."""
        return {
            "customer": self.customer,
            "event": self.event,
            "time": format_instant(self.time),
            "household": self.household,
            "contactable": self.contactable,
        }


class Scene:
    """The horizon being played, the days our office works, and the truths told so far."""

    def __init__(self, horizon: Horizon) -> None:
        self.horizon = horizon
        self.office_days = working_days(horizon.clock.zone, HolidayRules(country="NL", drop=("Good Friday",)))
        self.truths: list[Truth] = []

    def tell(self, household: Household, person: Person, event: str, time: Instant, *, traced: bool = False) -> None:
        """Write down what really happens to a person and their household.

        What happens outside the horizon is left out, unless it has ``traced`` inside.
        """
        if not (traced or self.plays(time)):
            return
        people = [one.id for one in household.people]
        self.truths.append(Truth(person.id, event, time, people, person.consents))

    def plays(self, time: Instant) -> bool:
        """Whether that moment lies in the horizon."""
        return self.horizon.begin <= time < self.horizon.end

    def on_day(self, instant: Instant, random: Random) -> Instant:
        """A moment people are awake, on the local day of ``instant``."""
        hour = random.choices(_HOURS, cum_weights=_HOUR_WEIGHTS)[0]
        midnight = (self.horizon.clock.ordinal(instant) - EPOCH_ORDINAL) * DAY
        return self.horizon.clock.instant(midnight + hour * HOUR + random.randrange(HOUR))


def visit(person: Person, start: Instant, pages: Sequence[str], random: Random) -> list[Happening]:
    """A visit to the site: these pages one after the other, a minute or so each."""
    subject = web_subject(person, start, random)
    happenings: list[Happening] = []
    time = start
    for page in pages:
        seconds = random.randint(5, 180)
        data = {"url": SITE + page, "seconds": seconds}
        happenings.append(Happening(time, subject, "web.viewed", "/web", data))
        time += seconds * 1000
    return happenings


def search(person: Person, time: Instant, query: str, random: Random) -> Happening:
    """A search on the site."""
    return Happening(time, web_subject(person, time, random), "web.searched", "/web", {"query": query})


def contact(person: Person, time: Instant, sentences: Sequence[str], random: Random, **data: Any) -> Happening:
    """A contact by the customer that says these sentences; their usual channel unless ``channel`` says otherwise."""
    channel = data.pop("channel", None) or (person.channel if random.random() < 0.75 else "email")
    text = compose(sentences, person, channel, random)
    subject = {"phone": person.phone, "email": person.email, "whatsapp": person.phone}.get(channel, person.id)
    if random.random() < 0.5:
        subject = person.id
    return Happening(time, subject, "contact.received", "/crm", {"channel": channel, "text": text, **data})


def post(person: Person, time: Instant, text: str, random: Random) -> Happening:
    """A post in a social network, directed at us."""
    data = {"network": "x", "text": text, "mentions": ["noordhaven"], "public": True, "reach": random.randint(20, 900)}
    return Happening(time, person.handle or person.id, "social.posted", "/social/x", data)


def web_subject(person: Person, time: Instant, random: Random) -> str:
    """Under which name the site sees them: often the device, sometimes the logged-in customer."""
    known = person.linked_at is not None and time >= person.linked_at
    return person.id if known and random.random() < 0.5 else person.device


def soon(random: Random, low: float, high: float) -> int:
    """A length between two numbers of days, in milliseconds."""
    return round(random.uniform(low, high) * DAY)


def minutes(random: Random) -> int:
    """A few minutes, in milliseconds."""
    return random.randint(2, 30) * MINUTE
