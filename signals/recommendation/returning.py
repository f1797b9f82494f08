"""What was withdrawn or refused goes on, where something that came in late tells that it is wanted all the same."""

from msgspec.structs import replace

from signals.calendar.instant import Instant, parse_instant
from signals.customer.facts import Contact
from signals.customer.state import Customer
from signals.customer.underway import Live, Refused
from signals.pack.environment import CompiledTrigger
from signals.recommendation.overrule import candidate_again
from signals.scene import Candidate


def returned(customer: Customer, rec_id: str, cause: str, now: Instant) -> Live | None:
    """The recommendation, live again in its next revision; None where its window has closed, or somebody answered."""
    live = customer.taken_back.pop(rec_id, None)
    if live is None or live.expires <= now:
        return None
    record, decision, why = live.record, live.decision, f"needed all the same: {cause}"
    gates = [*record["gates"], {"gate": "live", "verdict": "pass", "detail": why}]
    record = {**record, "status": "released", "gates": gates, "revision": record["revision"] + 1}
    live.told = [record, {**decision, "status": "released", "detail": why}]
    customer.live[rec_id] = live
    reserved = Contact(parse_instant(decision["decided"]), record["class"], record["channel"], rec_id)
    customer.contacts = sorted([*customer.contacts, reserved], key=lambda contact: contact.time)
    return live


def candidate_anew(refused: Refused, trigger: CompiledTrigger, cause: str) -> Candidate:
    """Another candidate of the refused one's episode: what was decided stays decided."""
    overruled = frozenset((refused.overruled or "").split())
    again = candidate_again(refused, trigger)
    return replace(again, late=False, episode=refused.episode, cause=f"{refused.decision} {cause}", overruled=overruled)


def goes_on_elsewhere(customer: Customer, one: Refused | Live, trigger: CompiledTrigger) -> bool:
    """Whether a need has gone on since then as another of its family, or other news of its moment goes first."""
    for live in customer.live.values():
        if live.fired == one.fired and (live.conversation is None or live.conversation != trigger.play.conversation):
            return True
        if live.fired > one.fired and live.family == trigger.family and live.key == one.key:
            return True
    return False
