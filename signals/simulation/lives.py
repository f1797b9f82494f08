"""Hidden life events and the traces they leave: pages, searches, forms, what people tell us, facts in our books."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict

from signals.calendar.instant import DAY, HOUR, Instant
from signals.simulation.population import Household, Person
from signals.simulation.scene import Happening, Scene, contact, minutes, post, search, visit, web_subject
from signals.simulation.wording import fill, in_language, load_yaml, said_too

EVENTS = (
    "move", "home_purchase", "mortgage_renewal", "energy_renovation", "birth", "marriage", "cohabitation", "divorce",
    "child_adult", "new_job", "job_loss", "retirement", "new_business", "car_purchase", "car_disposal", "e_bike", "pet",
    "travel", "bereavement",
)  # fmt: skip

_QUOTE = "offerte"


class Trace(BaseModel):
    """How large a share leaves such a trace, and between which days relative to the event."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    share: float
    days: tuple[int, int]


class LifeEvent(BaseModel):
    """One kind of life event: how often a household has it (per year, head of that age) and what can be seen of it.

    Its date may be ``on_the_books`` from the start, and so can be known without any further trace.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: str
    yearly: float
    ages: tuple[int, int]
    browse: Trace
    tell: Trace
    fact: Trace
    facts: list[dict[str, Any]]
    pages: list[str]
    searches: list[str]
    forms: list[str]
    tells: dict[str, dict[str, list[str]]]
    decoys: dict[str, list[str]]
    on_the_books: bool = False

    @property
    def lead(self) -> int:
        """How many days before the event its first trace can be seen."""
        return -min(self.browse.days[0], self.tell.days[0], self.fact.days[0], 0)

    @property
    def aftermath(self) -> int:
        """How many days after the event its last trace can be seen."""
        return max(self.browse.days[1], self.tell.days[1], self.fact.days[1], 0)


@cache
def life_events() -> dict[str, LifeEvent]:
    """All kinds of life events by name."""
    return {name: LifeEvent.model_validate(load_yaml(f"lives/{name}.yaml")) for name in EVENTS}


def live(scene: Scene, household: Household, person: Person, life: LifeEvent, day: Instant) -> list[Happening]:
    """The traces one life event on that day leaves by this person; writes down the truth."""
    random = household.random
    happenings: list[Happening] = []
    if random.random() < life.browse.share:
        happenings += _browse(scene, household, person, life, day)
    if random.random() < life.tell.share:
        happenings += [_tell(scene, household, person, life, day) for _ in range(1 if random.random() < 0.7 else 2)]
    if random.random() < life.fact.share:
        happenings += _fact(scene, person, life, day, random)
    traced = life.on_the_books or any(scene.plays(happening.time) for happening in happenings)
    scene.tell(household, person, f"life_event.{life.event}", day, traced=traced)
    return happenings


def _browse(scene: Scene, household: Household, person: Person, life: LifeEvent, day: Instant) -> Iterator[Happening]:
    random = household.random
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        start = scene.on_day(_around(day, life.browse, random), random)
        if random.random() < 0.4:
            yield search(person, start - minutes(random), random.choice(life.searches), random)
        yield from visit(person, start, random.sample(life.pages, random.randint(1, min(4, len(life.pages)))), random)
        if random.random() < 0.25:
            yield from _form(scene, household, person, start + HOUR // 2, random.choice(life.forms))


def _form(scene: Scene, household: Household, person: Person, time: Instant, form: str) -> Iterator[Happening]:
    random = household.random
    subject = web_subject(person, time, random)
    last = random.choices((None, "saved", "submitted", "abandoned"), (3, 1, 1, 1))[0]
    if _QUOTE in form and last != "submitted":
        scene.tell(household, person, "purchase.quote_abandoned", time + DAY)
    yield Happening(time, subject, "form.changed", "/web", {"form": form, "step": "started"})
    if last is not None:
        yield Happening(time + minutes(random), subject, "form.changed", "/web", {"form": form, "step": last})


def sayings(life: LifeEvent, by_time: dict[str, list[str]], when: str) -> list[str]:
    """What may be said of it then (before or after): in Dutch where the language has nothing for that moment."""
    own, dutch = ([*said.get(when, []), *said.get("anytime", [])] for said in (by_time, life.tells["nl"]))
    return own or dutch or next(iter(life.tells["nl"].values()))


def _tell(scene: Scene, household: Household, person: Person, life: LifeEvent, day: Instant) -> Happening:
    random = household.random
    time = scene.on_day(_around(day, life.tell, random), random)
    as_note = person.channel == "phone" and random.random() < 0.5
    by_time = life.tells["note"] if as_note else in_language(life.tells, person)
    language = "nl" if as_note else person.language
    template = random.choice(sayings(life, by_time, "before" if time < day else "after"))
    for trigger in said_too(template):
        scene.tell(household, person, trigger, time)
    text = fill(template, random, language, scene.horizon.clock, day)
    if as_note:
        return Happening(time, person.id, "contact.received", "/crm", {"channel": "phone", "text": text})
    if person.handle is not None and random.random() < 0.15:
        return post(person, time, f"@noordhaven {text}", random)
    return contact(person, time, [text], random)


def _fact(scene: Scene, person: Person, life: LifeEvent, day: Instant, random: Random) -> Iterator[Happening]:
    """What gets into the books; nothing when it would be about a policy they don't have with us."""
    fact = random.choice(life.facts)
    time = scene.on_day(_around(day, life.fact, random), random)
    policies = {f"{{{policy.product}}}": policy.id for policy in person.policies if not policy.ended}
    policies["{new_policy}"] = f"N{person.id[-6:]}-{life.event}-{day // DAY}"
    data = dict(fact["data"])
    if "policy" in data:
        if data["policy"] not in policies:
            return
        data["policy"] = policies[data["policy"]]
    for field, value in data.items():
        if isinstance(value, str):
            data[field] = fill(value, random, "nl", scene.horizon.clock, day)
    yield Happening(time, person.id, fact["type"], "/web" if fact["type"] == "form.changed" else "/crm", data)


def _around(day: Instant, trace: Trace, random: Random) -> Instant:
    first, last = trace.days
    return day + round(random.triangular(first, last, min(max(0, first), last)) * DAY)
