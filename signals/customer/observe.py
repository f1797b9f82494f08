"""Observing: what each type of event changes in the customer's own state, before any trigger looks at it."""

from bisect import insort
from collections.abc import Callable
from sys import intern
from typing import Any

from signals.calendar.instant import Instant
from signals.customer.bounds import (
    CASES_KEPT,
    LOOKED_AT_EVERY,
    ORDERS_KEPT,
    TOUCHES_KEPT,
    forget_case,
    forget_promise,
    keep_small,
    usual_articles,
)
from signals.customer.contracts import go_by_last_words, note_word
from signals.customer.experience import note_feeling
from signals.customer.facts import Buying, Case, Consent, Contact, ContractWord, Policy, Promise, Touch
from signals.customer.last_word import end_promise, note_consent, note_start, note_status, promise_status
from signals.customer.rhythm import keep_last, last_own_touch, note_gap, note_late
from signals.customer.state import Customer
from signals.customer.word_of_mouth import has_told, note_telling
from signals.events.event import Event
from signals.events.shapes import LONGEST_NAME
from signals.pack.environment import Environment
from signals.text import Mention

_INBOUND = frozenset(
    {"contact.received", "web.viewed", "web.searched", "form.changed", "social.posted", "survey.answered"}
)
_TOUCHING = {name: (name.partition(".")[0], name in _INBOUND) for name in (*_INBOUND, "contact.made", "order.placed")}
"""What touches the customer → its channel where the event names none, and whether the customer came to us."""
_STARTING = frozenset({"started", "renewed", "amended", "renewal_offered"})
_ENDING = frozenset({"cancelled", "lapsed", "ended"})
_RUNS = {**dict.fromkeys(_STARTING, True), **dict.fromkeys(_ENDING, False)}

Observer = Callable[[Customer, Event, Environment], None]


def observe(customer: Customer, event: Event, environment: Environment) -> None:
    """Fold one event into the row."""
    customer.events += 1
    if customer.events % LOOKED_AT_EVERY == 0:
        keep_small(customer)
    if customer.created == 0 or event.time < customer.created:
        customer.created = event.time
    touching = _TOUCHING.get(event.type)
    if touching is not None:
        _touch(customer, event, touching)
        if "sentiment" in event.data or event.type == "survey.answered":
            note_feeling(customer, event)
    observer = _OBSERVERS.get(event.type)
    if observer is not None:
        observer(customer, event, environment)


def subject_of_talk(data: dict[str, Any]) -> str | None:
    """What a contact is about: its case, else claim, complaint, topic."""
    if _ANY_SUBJECT.isdisjoint(data):
        return None
    for field in _SUBJECTS:
        told = data.get(field)
        if told is not None and told != "":
            return str(told)[:LONGEST_NAME]
    return None


_SUBJECTS = ("case", "claim", "complaint", "topic")
_ANY_SUBJECT = frozenset(_SUBJECTS)


def _touch(customer: Customer, event: Event, touching: tuple[str, bool]) -> None:
    usual_channel, inbound = touching
    touches, data, time = customer.touches, event.data, event.time
    in_order = not touches or touches[-1].time <= time
    if event.type != "contact.made":
        if not in_order:
            note_late(customer, time)
        elif (before := last_own_touch(customer)) is not None:
            note_gap(customer, time - before)
    named = data.get("channel")
    channel = intern(named[:LONGEST_NAME]) if named and isinstance(named, str) else usual_channel
    resolved = data.get("resolved") is True
    touches.append(Touch(time, event.type, channel, subject_of_talk(data), event.id, inbound, resolved))
    if not in_order:
        touches.sort(key=lambda known: (known.time, known.event))
    if len(touches) > TOUCHES_KEPT:
        if touches[-1].inbound:
            del touches[0]
        else:
            keep_last(touches)
    customer.touch_count += 1


def _contact_made(customer: Customer, event: Event, environment: Environment) -> None:
    """Count a contact by anyone; one of the same class that we had reserved is thereby made, and counts once."""
    data = event.data
    purpose = data.get("purpose") or "sales"
    contacts = [contact for contact in customer.contacts if event.time - contact.time <= environment.contacts_kept]
    reserved = next((contact for contact in contacts if _is_made_good(contact, purpose, event.time)), None)
    if reserved is not None:
        contacts.remove(reserved)
    contacts.append(Contact(event.time, purpose, data["channel"]))
    customer.contacts = sorted(contacts, key=lambda contact: contact.time)


def _is_made_good(reserved: Contact, purpose: str, time: Instant) -> bool:
    return bool(reserved.recommendation) and reserved.purpose == purpose and reserved.time <= time


def _policy(customer: Customer, event: Event, environment: Environment) -> None:
    data, change = event.data, event.data["change"]
    if change == "quoted":
        return
    key = data["policy"]
    policy = customer.policies.get(key)
    if policy is None:
        policy = customer.policies[key] = Policy(environment.product_name(data["product"]), False)
    premium, renewal = data.get("premium"), environment.moment_of(data.get("renewal_date"))
    word = ContractWord(event.time, None if premium is None else float(premium), renewal, _RUNS.get(change))
    is_noted = note_word(customer, key, policy, word, environment.lateness)
    start = environment.moment_of(data.get("start_date"))
    if start is not None or change in _STARTING:
        note_start(policy, event.time if start is None else start, start is not None)
    if change in _STARTING:
        policy.active = policy.active or policy.ended is None or policy.ended <= event.time
    elif change in _ENDING:
        policy.active = policy.active and (policy.settled or 0) > event.time
        if event.time >= (policy.ended or 0):
            policy.ended, policy.runs_until = event.time, environment.moment_of(data.get("end_date"))
    if change in ("renewed", "started"):
        policy.settled = max(policy.settled or 0, event.time)
    newest = event.time >= policy.told
    if word.premium is not None and (newest or policy.premium is None):
        policy.premium = word.premium
    if renewal is not None and (newest or policy.renewal is None):
        policy.renewal = renewal
    if newest and (premium is not None or renewal is not None):
        policy.told = event.time
    elif is_noted:
        go_by_last_words(customer, key, policy)


def _profile(customer: Customer, event: Event, environment: Environment) -> None:
    field = str(event.data["field"])
    old, new = event.data.get("old"), event.data.get("new")
    told, value, history = f"profile {field}", "" if new is None else str(new), customer.histories.setdefault(field, [])
    if customer.is_settled(told, event.time):
        history.insert(-1, value)
    else:
        told_before = [old if old is None else str(old), value] == history[-2:]
        if old is not None and not told_before and (not history or history[-1] != str(old)):
            history.append(str(old))
        customer.profile[field], customer.told[field] = value, event.time
        history.append(value)
        customer.settle(told, event.time, environment.lateness)
    del history[:-_VALUES_KEPT]


_VALUES_KEPT = 16
"""More than rules look back on: when two people are parted, each gets back what they said last."""


def _case(cases: dict[str, Case], key: str, event: Event) -> None:
    case = cases.get(key)
    if case is None:
        case = cases[key] = Case(event.data["status"], event.time, event.time)
    else:
        note_status(case, event.time, event.data["status"])
    about = event.data.get("about") or event.data.get("product")
    case.about = str(about)[:LONGEST_NAME] if about is not None else case.about
    if len(cases) > CASES_KEPT:
        forget_case(cases)


def _claim(customer: Customer, event: Event, environment: Environment) -> None:
    _case(customer.claims, event.data["claim"], event)


def _complaint(customer: Customer, event: Event, environment: Environment) -> None:
    _case(customer.complaints, event.data["complaint"], event)


def _promise(customer: Customer, event: Event, environment: Environment) -> None:
    data, status = event.data, event.data["status"]
    key = data["promise"]
    promise = customer.promises.get(key)
    if status in ("made", "moved"):
        due = environment.promise_due(data.get("due"))
        if due is not None and (promise is None or promise.made <= event.time):
            customer.promises[key] = promise = Promise(due, "made", event.time, None, data.get("owner"))
            if (known := promise_status(customer, key, event.time)) != "made":
                end_promise(promise, customer.settled[f"{known} {key}"], known)
    else:
        customer.settle(f"{status} {key}", event.time, environment.lateness)
        if promise is not None and promise.made <= event.time:
            end_promise(promise, event.time, status)
    if len(customer.promises) > CASES_KEPT:
        forget_promise(customer.promises)


def _consent(customer: Customer, event: Event, environment: Environment) -> None:
    data = event.data
    expires = environment.moment_of(data.get("expires"))
    said = Consent(bool(data["given"]), event.time, data.get("basis"), expires, event.id)
    for channel in data.get("channels") or [""]:
        note_consent(customer, data["purpose"], channel, said, environment.lateness)


def hear_optout(customer: Customer, event: Event, mention: Mention, lateness: int) -> None:
    """Who says to leave them alone takes back all consent for marketing; a later word may give it again."""
    if mention.event == "contact_optout" and mention.actionable:
        note_consent(customer, "marketing", "", Consent(False, event.time, "said", None, event.id), lateness)


def _referral(customer: Customer, event: Event, environment: Environment) -> None:
    listener = str(event.data["referred"])
    if listener == customer.key or listener in customer.aliases:
        return  # nobody brings themselves
    customer.referrals += not has_told(customer, listener)
    note_telling(customer, event, 1.0, listener)


def _post(customer: Customer, event: Event, environment: Environment) -> None:
    reach = event.data.get("reach")
    if isinstance(reach, int | float):
        customer.reach = max(customer.reach, int(reach))


def _survey(customer: Customer, event: Event, environment: Environment) -> None:
    customer.feedback += 1


def _community(customer: Customer, event: Event, environment: Environment) -> None:
    """The last word counts: who left after they joined is in it no more, whichever came in first."""
    name = event.data["community"]
    said = f"community {name}"
    if not customer.is_settled(said, event.time):
        if event.type == "community.joined":
            customer.communities[name] = str(event.data.get("job") or "")
        else:
            customer.communities.pop(name, None)
        customer.settle(said, event.time, environment.lateness)


def _order(customer: Customer, event: Event, environment: Environment) -> None:
    customer.orders += 1
    spent = _spent(event)
    if customer.buying is None:
        customer.buying = Buying(event.time, event.time)
    buying = customer.buying
    buying.first, buying.last = min(buying.first, event.time), max(buying.last, event.time)
    buying.spent = round(buying.spent + spent, 2)
    purchases = customer.purchases
    for sku in _articles_bought(event):
        times = purchases.setdefault(sku, [])
        insort(times, event.time)
        del times[:-ORDERS_KEPT]
    customer.purchases = usual_articles(purchases)


def _spent(event: Event) -> float:
    """What an order came to: the amount it states, else that of its items."""
    amount = event.data.get("amount")
    if isinstance(amount, int | float):
        return float(amount)
    lines = ((item.get("quantity"), item.get("price")) for item in event.data["items"])
    return sum(float(1 if quantity is None else quantity) * float(price or 0) for quantity, price in lines)


def _articles_bought(event: Event) -> dict[str, None]:
    """The articles of an order, each once; one with a negative quantity was returned, not bought, as is none of it."""
    bought = ((item["sku"], item.get("quantity")) for item in event.data["items"])
    return dict.fromkeys(str(sku) for sku, quantity in bought if quantity is None or quantity > 0)


def _privacy(customer: Customer, event: Event, environment: Environment) -> None:
    if event.data["kind"] in ("object", "restrict"):
        customer.objections[event.id] = event.time
        customer.objected = min(event.time, customer.objected or event.time)


_OBSERVERS: dict[str, Observer] = {
    "contact.made": _contact_made,
    "policy.changed": _policy,
    "profile.changed": _profile,
    "claim.changed": _claim,
    "complaint.changed": _complaint,
    "promise.changed": _promise,
    "consent.changed": _consent,
    "referral.made": _referral,
    "social.posted": _post,
    "survey.answered": _survey,
    "community.joined": _community,
    "community.left": _community,
    "order.placed": _order,
    "privacy.requested": _privacy,
}
