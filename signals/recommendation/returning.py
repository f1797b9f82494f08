"""What was withdrawn goes on as it was, where something that came in late tells that it is needed all the same."""

from signals.calendar.instant import Instant, parse_instant
from signals.customer.facts import Contact
from signals.customer.state import Customer
from signals.customer.underway import Live


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
