"""Where service succeeds or fails: issues that come back, promises, complaints, claims, payments."""

from datetime import date

from signals.calendar.instant import DAY, HOUR, Instant
from signals.calendar.local_clock import EPOCH_ORDINAL
from signals.simulation.population import Household, Person
from signals.simulation.scene import Happening, Scene, contact, soon
from signals.simulation.wording import in_language, wording

_END_OF_BUSINESS = 17 * HOUR
_OVERDUE_AFTER = 5


def struggle(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Has to come back about one thing: over several channels, within days, sometimes until it becomes a complaint."""
    random = household.random
    case = f"K{person.id[-6:]}-{start // DAY}"
    topic = random.choice(list(wording()["topics"]))
    happenings: list[Happening] = []
    time = start
    for turn in range(random.choices((2, 3, 4), (4, 4, 2))[0]):
        sentences = [random.choice(in_language(wording()["topics"][topic], person))]
        if turn:
            sentences.append(random.choice(in_language(wording()["again"], person)))
        channel = random.choice(("phone", "email", "chat"))
        happenings.append(
            contact(person, time, sentences, random, channel=channel, case=case, topic=topic, resolved=False)
        )
        if turn == 2:
            scene.tell(household, person, "relationship.repeat_contact", time)
        time = scene.on_day(time + soon(random, 1, 3), random)
    if random.random() < 0.3:
        happenings += complain(scene, household, person, time)
    return happenings


def complain(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Complains; most complaints are answered within days, some too late."""
    random = household.random
    complaint = f"C{person.id[-6:]}-{start // DAY}"
    sentence = random.choice(in_language(wording()["complaint"], person))
    scene.tell(household, person, "relationship.complaint_open", start)
    opened = start + HOUR
    overdue = scene.office_days.add(opened, _OVERDUE_AFTER)
    if random.random() < 0.8:
        answered = opened + soon(random, 0.5, 4)
    else:
        answered = overdue + soon(random, 1, 7)
        scene.tell(household, person, "relationship.complaint_overdue", overdue)
    moments = (("opened", opened), ("answered", answered), ("closed", answered + soon(random, 1, 5)))
    return [
        contact(person, start, [sentence], random, sentiment=-0.8, topic="complaint"),
        *(
            Happening(time, person.id, "complaint.changed", "/crm", {"complaint": complaint, "status": status})
            for status, time in moments
        ),
    ]


def be_promised(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Asks for something, is promised an answer by a day, and gets it: mostly in time."""
    random = household.random
    promise = f"B{person.id[-6:]}-{start // DAY}"
    due = scene.office_days.next_working_day(scene.horizon.clock.ordinal(start) + random.randint(3, 8))
    due_time = scene.horizon.clock.instant((due - EPOCH_ORDINAL) * DAY + _END_OF_BUSINESS)
    kept = due_time - soon(random, 0.1, 2.5) if random.random() < 0.85 else due_time + soon(random, 0.5, 6)
    if kept > due_time:
        scene.tell(household, person, "relationship.promise_broken", due_time)
    made = {"promise": promise, "status": "made", "what": "callback", "due": date.fromordinal(due).isoformat()}
    question = random.choice(in_language(wording()["topics"]["claim"], person))
    return [
        contact(person, start, [question], random, topic="claim", resolved=False),
        Happening(start + HOUR // 4, person.id, "promise.changed", "/crm", made),
        Happening(kept, person.id, "promise.changed", "/crm", {"promise": promise, "status": "kept"}),
    ]


def have_damage(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Claims for damage, which is paid or not, and sometimes says what they think of it."""
    random = household.random
    product = random.choice([policy.product for policy in person.policies])
    claim = f"S{person.id[-6:]}-{start // DAY}"
    paid = random.random() < 0.85
    decided = start + soon(random, 1, 12)
    base = {"claim": claim, "product": product, "amount": float(random.randint(80, 4000))}
    steps = [("opened", start), ("approved" if paid else "rejected", decided)]
    if paid:
        steps.append(("paid", decided + soon(random, 0.5, 3)))
    happenings = [
        Happening(time, person.id, "claim.changed", "/claims", {**base, "status": status}) for status, time in steps
    ]
    if random.random() < 0.4:
        happenings.append(_judge(scene, household, person, scene.on_day(decided + soon(random, 3, 6), random), paid))
    return happenings


def fall_behind(scene: Scene, household: Household, person: Person, start: Instant) -> list[Happening]:
    """Pays late, and settles it later on."""
    random = household.random
    policy = random.choice(person.policies)
    settled = random.choice(("paid", "paid", "arranged"))
    return [
        Happening(time, person.id, "payment.changed", "/billing", {"status": status, "policy": policy.id})
        for status, time in (("late", start), (settled, start + soon(random, 6, 45)))
    ]


def _judge(scene: Scene, household: Household, person: Person, time: Instant, paid: bool) -> Happening:
    random = household.random
    kind, mood = ("claim_praise", 0.8) if paid and random.random() < 0.8 else ("claim_blame", -0.8)
    scene.tell(household, person, f"{'advocacy' if mood > 0 else 'relationship'}.{kind}", time)
    return contact(person, time, [random.choice(in_language(wording()[kind], person))], random, sentiment=mood)
