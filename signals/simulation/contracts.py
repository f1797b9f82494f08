"""Policies over the year: what is on the books at the start, renewals, quotes, leaving one, the health season."""

from collections.abc import Iterator
from datetime import date

from signals.calendar.instant import DAY, HOUR, Instant
from signals.simulation.population import HEALTH, MORTGAGE, Household, Person, Policy
from signals.simulation.scene import Happening, Scene, contact, minutes, search, soon, visit, web_subject
from signals.simulation.wording import in_language, pick, wording

_OFFER_DAYS = 45
_WRITTEN_CHANNELS = ["email", "app", "chat", "letter", "whatsapp"]
_QUOTE_OPEN = DAY


def on_the_books(scene: Scene, person: Person, start: Instant) -> Iterator[Happening]:
    """Everything known of a person at the start, as history that fires nothing."""
    for subject in (person.email, person.phone, person.handle):
        if subject is not None:
            yield _linked(person, subject, start, warmup=True)
    if person.linked_at == start:
        yield _linked(person, person.device, start, warmup=True)
    consents: list[tuple[str, bool, list[str]]] = [
        ("profiling", person.consents, []),
        ("marketing", person.consents, _WRITTEN_CHANNELS + (["phone"] if person.phone_allowed else [])),
        ("social_listening", person.listened_to, []),
    ]
    for purpose, given, channels in consents:
        data = {"purpose": purpose, "given": given, "channels": channels, "basis": "consent"}
        yield Happening(start + 1, person.id, "consent.changed", "/crm", data, warmup=True)
    for policy in person.policies:
        yield Happening(
            start + 2, person.id, "policy.changed", "/policies", _started(scene, policy, start), warmup=True
        )


def log_in(person: Person, start: Instant) -> list[Happening]:
    """The device turns out to be theirs."""
    return [_linked(person, person.device, start, warmup=False)]


def offer_and_anniversary(scene: Scene, policy: Policy, year: int) -> tuple[Instant, Instant]:
    """The local midnights of the day the renewal offered in that year is sent, and of the anniversary itself."""
    clock = scene.horizon.clock
    for anniversary in (date(year, *policy.renews), date(year + 1, *policy.renews)):
        offer = date.fromordinal(anniversary.toordinal() - _OFFER_DAYS)
        if offer.year == year:
            return clock.midnight(offer.toordinal()), clock.midnight(anniversary.toordinal())
    raise AssertionError("every year has one offer of a yearly renewal")


def renew(scene: Scene, household: Household, person: Person, policy: Policy, day: Instant) -> list[Happening]:
    """A policy is offered anew before its anniversary on that day, and goes on."""
    if policy.ended:
        return []
    old = policy.premium
    policy.premium = round(old * household.random.uniform(0.98, 1.1), 2)
    base = {
        "policy": policy.id,
        "product": policy.product,
        "premium": policy.premium,
        "previous_premium": old,
        "renewal_date": scene.horizon.day(day).isoformat(),
    }
    return [
        Happening(time + 9 * HOUR, person.id, "policy.changed", "/policies", {**base, "change": change})
        for change, time in (("renewal_offered", day - _OFFER_DAYS * DAY + HOUR), ("renewed", day))
    ]


def ask_quote(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Looks into a product they lack and starts a quote; more often than not leaves it unfinished."""
    random = household.random
    lacking = [product for product in wording()["quote_forms"] if person.policy(product) is None]
    if not lacking:
        return []
    product = random.choice(lacking)
    form = {"form": wording()["quote_forms"][product], "product": product}
    subject = web_subject(person, start, random)
    happenings = visit(person, start, [wording()["quote_pages"][product]], random)
    time = start + minutes(random)
    steps = ["started"]
    if random.random() < 0.4:
        steps.append("submitted")
    else:
        steps += random.choice(([], ["saved"], ["abandoned"]))
        scene.tell(household, person, "purchase.quote_abandoned", time + _QUOTE_OPEN)
    for step in steps:
        happenings.append(Happening(time, subject, "form.changed", "/web", {**form, "step": step}))
        time += minutes(random)
    return happenings


def leave_one(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Cancels a policy other than health, outside any season."""
    random = household.random
    held = [policy for policy in person.policies if not policy.ended and policy.product not in (HEALTH, MORTGAGE)]
    if not held:
        return []
    policy = random.choice(held)
    policy.ended = True
    scene.tell(household, person, "relationship.cancel_intent", start)
    sentence = random.choice(in_language(wording()["cancel_intent"], person)).replace("zorgverzekering", "polis")
    data = {"policy": policy.id, "product": policy.product, "change": "cancelled"}
    cancelled = Happening(start + soon(random, 0.1, 2), person.id, "policy.changed", "/policies", data)
    return [contact(person, start, [sentence], random), cancelled]


def read_news(scene: Scene, household: Household) -> Iterator[Happening]:
    """What happens in the market: about ten times a year a competitor changes a premium."""
    random = household.random
    time = scene.horizon.begin
    while (time := time + soon(random, 5, 68)) < scene.horizon.end:
        product = random.choice((HEALTH, "motor", "contents", "legal"))
        before = round({HEALTH: 150, "motor": 55, "contents": 14, "legal": 17}[product] * random.uniform(0.85, 1.1), 2)
        rival = pick(random, "rivals")
        data = {
            "product": product,
            "what": "premium",
            "competitor": rival,
            "premium": round(before * random.uniform(0.85, 1.05), 2),
            "previous_premium": before,
            "headline": pick(random, "headlines").replace("{rival}", rival).replace("{product}", product),
        }
        yield Happening(scene.on_day(time, random), "market:NL", "market.changed", "/market", data)


def compare(scene: Scene, person: Person, start: Instant, household: Household) -> Iterator[Happening]:
    """A visit to compare health insurance."""
    random = household.random
    year = str(scene.horizon.day(start).year + 1)
    pages = random.sample(wording()["compare_pages"], random.randint(1, 3))
    if random.random() < 0.3:
        yield search(person, start - minutes(random), pick(random, "compare_searches"), random)
    yield from visit(person, start, [page.replace("{year}", year) for page in pages], random)


def _started(scene: Scene, policy: Policy, start: Instant) -> dict[str, object]:
    today = scene.horizon.day(start)
    anniversary = date(today.year, *policy.renews)
    if anniversary <= today:
        anniversary = date(today.year + 1, *policy.renews)
    return {
        "policy": policy.id,
        "product": policy.product,
        "change": "started",
        "premium": policy.premium,
        "start_date": policy.since.isoformat(),
        "renewal_date": (policy.fixed_until or anniversary).isoformat(),
    }


def _linked(person: Person, subject: str, time: Instant, *, warmup: bool) -> Happening:
    data = {"from": subject, "to": person.id, "source_of_truth": "crm"}
    return Happening(time, person.id, "identity.linked", "/crm", data, warmup)
