"""Everyday life, in which nothing much happens: visits, questions, and talk that only sounds like something."""

from signals.calendar.instant import HOUR, Instant
from signals.simulation.lives import EVENTS, life_events
from signals.simulation.population import Household, Person
from signals.simulation.scene import Happening, Scene, contact, minutes, post, search, soon, visit
from signals.simulation.wording import fill, in_language, pick, said_too, wording

_GLANCES_ASIDE = 0.08


def browse(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """An ordinary visit; now and then with a page about some life event that is nobody's."""
    random = household.random
    pages = [pick(random, "everyday_pages") for _ in range(random.choice((1, 1, 2, 2, 3, 4)))]
    if random.random() < _GLANCES_ASIDE:
        pages.append(random.choice(life_events()[random.choice(EVENTS)].pages))
    happenings = visit(person, start, pages, random)
    if random.random() < 0.15:
        happenings.append(search(person, start + minutes(random), pick(random, "everyday_searches"), random))
    return happenings


def wonder(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Reads up on a life event that does not come."""
    random = household.random
    life = life_events()[random.choice(EVENTS)]
    happenings: list[Happening] = []
    for _ in range(random.choice((1, 1, 1, 2, 2, 3))):
        happenings += visit(person, start, random.sample(life.pages, random.randint(1, 2)), random)
        if random.random() < 0.3:
            happenings.append(search(person, start + minutes(random), random.choice(life.searches), random))
        start = scene.on_day(start + soon(random, 1, 6), random)
    return happenings


def gossip(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Speaks of a life event that is somebody else's, long past, or not happening."""
    random = household.random
    decoys = in_language(life_events()[random.choice(EVENTS)].decoys, person)
    text = fill(random.choice(decoys), random, person.language, scene.horizon.clock, start + soon(random, 5, 60))
    return [contact(person, start, [text], random)]


def ask(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Asks a question, which is answered at once."""
    random = household.random
    topic = random.choice(list(wording()["topics"]))
    question = random.choice(in_language(wording()["topics"][topic], person))
    return [contact(person, start, [question], random, topic=topic, resolved=True)]


def chatter(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Mentions us in a network, about nothing."""
    if person.handle is None:
        return []
    random = household.random
    return [post(person, start, random.choice(in_language(wording()["posts"], person)), random)]


def speak_up(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Says one thing that matters to the relation: about the price, leaving, a person to talk to, or thanks."""
    random = household.random
    kinds = ("price_complaint", "switch_intent", "cancel_intent", "human_request", "thanks_praise")
    kind = random.choices(kinds, (4, 2, 1, 2, 4))[0]
    sentence = random.choice(in_language(wording()[kind], person))
    trigger = f"advocacy.{kind}" if kind == "thanks_praise" else f"relationship.{kind}"
    for told in (trigger, *said_too(sentence)):
        scene.tell(household, person, told, start)
    return [contact(person, start, [sentence], random)]


def answer_survey(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Says how likely they would recommend us."""
    random = household.random
    low, high = random.choices(((0, 6), (7, 8), (9, 10)), (20, 38, 42))[0]
    score = random.randint(low, high)
    trigger = "relationship.detractor" if score <= 6 else "advocacy.promoter" if score >= 9 else None
    if trigger is not None:
        scene.tell(household, person, trigger, start)
    return [Happening(start, person.id, "survey.answered", "/survey", {"kind": "nps", "score": score})]


def refer(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Brings somebody else."""
    referred = f"email:kennis{household.random.randrange(10**6)}@voorbeeld.nl"
    scene.tell(household, person, "advocacy.referral", start)
    return [Happening(start, person.id, "referral.made", "/crm", {"referred": referred, "accepted": True})]


def join(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Joins a community, and sometimes leaves it again."""
    random = household.random
    name = random.choice(("verbouwers", "jonge-ouders", "zzp-kring", "wereldreizigers"))
    data = {"community": name, "job": f"job-{name}"}
    happenings = [Happening(start, person.id, "community.joined", "/community", data)]
    if random.random() < 0.3:
        left = Happening(start + soon(random, 20, 200), person.id, "community.left", "/community", {"community": name})
        happenings.append(left)
    return happenings


def be_called(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Is contacted by one of our agents."""
    random = household.random
    channel = random.choice(("phone", "email"))
    purpose = random.choices(("service", "sales", "care"), (5, 3, 2))[0]
    data = {"channel": channel, "purpose": purpose, "agent": f"agent-{random.randint(1, 40)}"}
    return [Happening(start, person.id, "contact.made", "/crm", data)]


def refuse(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Withdraws the consent to marketing."""
    person.consents = person.phone_allowed = False
    data = {"purpose": "marketing", "given": False, "basis": "consent"}
    return [Happening(start + HOUR, person.id, "consent.changed", "/crm", data)]
