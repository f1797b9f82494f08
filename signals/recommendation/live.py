"""Live recommendations: published, held, withdrawn, superseded, expired or done, each change as one new revision.

The reason of a decision never changes once it is terminal: after release it stays RELEASED and the status moves on.
What was only held ends RELEASED, EXPIRED, WITHDRAWN or OVERRULED.
"""

from typing import Any

import msgspec

from signals.calendar.instant import Instant, format_instant
from signals.customer.facts import Contact
from signals.customer.state import Customer
from signals.customer.underway import Live, Reason, Timer, timer_slot
from signals.decision.consent import runs_out
from signals.decision.gates import in_shadow
from signals.decision.verdict import Case
from signals.recommendation.conversation import (
    join,
    talk_of,
    told_again,
)
from signals.recommendation.naming import recommendation_id
from signals.recommendation.overrule import live_named, remember_refusal, said_of
from signals.recommendation.record import Record, decision_record, explanation, recommendation_record
from signals.scene import Candidate

EXPIRE, RELEASE = "@expire", "@release"
_ENDING_OUTCOMES = {
    "contacted": "done",
    "accepted": "done",
    "declined": "done",
    "converted": "done",
    "complained": "done",
    "wrong": "done",
    "overruled": "overruled",
}


class Published(msgspec.Struct):
    """What was made known since it was last taken, in order."""

    recommendations: list[Record] = []
    decisions: list[Record] = []
    explaining: bool = True
    """Whether what was refused carries its explanation."""
    lateness: int = 0
    """For how long earlier events may come in."""

    def take(self) -> tuple[list[Record], list[Record]]:
        """The recommendations and decisions since the last time."""
        taken = self.recommendations, self.decisions
        self.recommendations, self.decisions = [], []
        return taken

    def conclude(self, case: Case) -> None:
        """Publish a freshly decided case."""
        verdict = case.verdict
        assert verdict is not None
        if verdict.verdict == "reject":
            status = "ghost" if verdict.ghost else "expired" if verdict.reason == "EXPIRED" else "rejected"
            explained = explanation(case) if self.explaining and verdict.reason not in _UNEXPLAINED else {}
            self.decisions.append(decision_record(case, status, verdict.reason, None) | explained)
            if verdict.ghost:
                _reserve(case, _id_of(case))
            if not self._take_along(case):
                remember_refusal(case)
        elif verdict.verdict == "hold":
            self._open(case, "held", verdict.reason)
            live = _live_of(case)
            _set_timer(case.customer, RELEASE, live, min(verdict.until, case.window.closes))
        else:
            self._release(case)

    def conclude_held(self, case: Case, held: Live) -> None:
        """Publish a held case that was decided again."""
        verdict, customer = case.verdict, case.customer
        assert verdict is not None
        _drop(customer, held)
        if verdict.verdict == "hold":
            self._open(case, "held", verdict.reason, held)
            _set_timer(customer, RELEASE, _live_of(case), min(verdict.until, case.window.closes))
        elif verdict.verdict == "reject":
            status = "expired" if verdict.reason == "EXPIRED" else "withdrawn"
            if case.shadow and verdict.ghost:
                status = "ghost"
                _reserve(case, held.record["id"])
            self._end(customer, held, status, f"{verdict.reason}: {verdict.detail()}", case.now)
            self._take_along(case)
        else:
            self._release(case, held)

    def end(self, customer: Customer, live: Live, status: str, cause: str, now: Instant) -> None:
        """Move a live recommendation to a final status."""
        rec_id = _drop(customer, live)
        self._end(customer, live, status, cause, now)
        if status in ("withdrawn", "superseded", "expired", "overruled"):
            customer.contacts = [contact for contact in customer.contacts if contact.recommendation != rec_id]

    def outcome(self, customer: Customer, data: dict[str, Any], now: Instant) -> None:
        """Take note of what became of a recommendation."""
        id = str(data.get("recommendation"))
        live = live_named(customer, data)
        status = _ENDING_OUTCOMES.get(data["outcome"])
        if status is not None:
            customer.taken_back.pop(id, None)
        if status == "done":  # shown on the site though no channel of ours could be used
            customer.refused = [refused for refused in customer.refused if refused.recommendation != id]
        if live is not None and status is not None:
            cause = said_of(data) if status == "overruled" else f"outcome: {data['outcome']}"
            self.end(customer, live, status, cause, now)

    def look_again(self, customer: Customer, rec_id: str, now: Instant) -> None:
        """The window of a released recommendation has closed, or a consent has run out: then it is watched on."""
        live = customer.live.get(rec_id)
        if live is not None and now < live.expires:
            self.watch(customer, live, now)
        else:
            self.expire(customer, rec_id, now)

    def watch(self, customer: Customer, live: Live, now: Instant) -> None:
        """Look again when the window closes, or for sales when a consent runs out before that."""
        record = live.record
        if record["status"] == "released":
            ends = runs_out(customer, now) if record["class"] == "sales" else live.expires
            _set_timer(customer, EXPIRE, live, min(live.expires, ends))

    def expire(self, customer: Customer, rec_id: str, now: Instant) -> None:
        """The window of a live recommendation has closed."""
        live = customer.live.get(rec_id)
        if live is not None:
            self.end(customer, live, "expired", "the window for contact has closed", now)

    def _release(self, case: Case, held: Live | None = None) -> None:
        customer, candidate = case.customer, case.candidate
        for older in list(customer.live.values()):
            same = older.family == candidate.trigger.family and older.key == candidate.key
            if same and older.trigger != candidate.trigger.name:
                self.end(customer, older, "superseded", f"{candidate.name} goes on from here", case.now)
        self._open(case, "released", "RELEASED", held)
        live = _live_of(case)
        self.watch(customer, live, case.now)
        _reserve(case, live.record["id"])

    def _open(self, case: Case, status: str, reason: str, held: Live | None = None) -> None:
        candidate = case.candidate
        record = recommendation_record(case, status, reason, waited=held is not None)
        reasons: list[Reason] = []
        if held is not None:
            record, reasons = told_again(held, record)
            record |= {"id": held.record["id"], "revision": held.record["revision"] + 1}
        decision = decision_record(case, status, reason, record["id"] if status == "released" else None)
        if held is not None:
            decision["id"] = held.decision["id"]
        hidden = case.shadow and (held is None or held.hidden)
        case.customer.live[record["id"]] = Live(
            told=[record, decision],
            trigger=candidate.trigger.name,
            family=candidate.trigger.family,
            key=candidate.key,
            fired=candidate.fired,
            anchor=candidate.anchor,
            expires=case.window.closes,
            probability=candidate.probability,
            evidence=candidate.evidence if status == "held" or _needs_post(candidate) else [],
            words=candidate.words if status == "held" else {},
            not_before=candidate.not_before,
            overruled=" ".join(sorted(candidate.overruled)) or None,
            conversation=candidate.trigger.play.conversation if status == "released" else None,
            hidden=hidden,
            segment=case.segment,
            reasons=reasons,
        )
        if not hidden:
            self.recommendations.append(record)
        self.decisions.append(decision)

    def _take_along(self, case: Case) -> bool:
        """One conversation about both: what won over the case gets its reasons and evidence too, where that fits."""
        talk = talk_of(case)
        if talk is None:
            return False
        self.recommendations.append(join(talk, case))
        return True

    def _end(self, customer: Customer, live: Live, status: str, cause: str, now: Instant) -> None:
        record, decision = live.record, live.decision
        if record["reason"] == "RELEASED":
            reason, decided = "RELEASED", decision["decided"]
        else:
            status, reason = _ENDED_WHILE_HELD[status]
            decided = format_instant(now)
        record = {
            **record,
            "status": status,
            "reason": reason,
            "gates": [*record["gates"], {"gate": "live", "verdict": status, "detail": cause}],
            "revision": record["revision"] + 1,
        }
        decision = {**decision, "status": status, "reason": reason, "detail": cause, "decided": decided}
        live.told = [record, decision]
        if not live.hidden:
            self.recommendations.append(record)
        self.decisions.append(decision)
        # An episode releases at most once: what was refused of it before is nobody's to want any more.
        customer.refused = [refused for refused in customer.refused if refused.recommendation != record["id"]]


_ENDED_WHILE_HELD = {
    "withdrawn": ("withdrawn", "WITHDRAWN"),
    "superseded": ("withdrawn", "WITHDRAWN"),
    "expired": ("expired", "EXPIRED"),
    "overruled": ("overruled", "OVERRULED"),
    "done": ("overruled", "OVERRULED"),
    "ghost": ("ghost", "WITHDRAWN"),
}
"""How it ends what was never released: status and reason."""


_UNEXPLAINED = frozenset({"ERASED", "DUPLICATE", "LATE", "WARMUP", "EXPIRED"})
"""Nothing is kept of who was erased; the others say it all by their name, and history brings them in masses."""


def candidate_of(live: Live, trigger: Any) -> Candidate:
    """A held recommendation as the candidate it was."""
    return Candidate(
        trigger=trigger,
        name=live.record["trigger"],
        key=live.key,
        fired=live.fired,
        probability=live.probability,
        evidence=live.evidence,
        anchor=live.anchor,
        words=live.words,
        not_before=live.not_before,
        episode=live.record["episode"],
        overruled=frozenset((live.overruled or "").split()),
    )


def _needs_post(candidate: Candidate) -> bool:
    """Whether it may rest on a social post: then it lasts no longer than the consent for that."""
    return any(piece.social for piece in candidate.evidence)


def _reserve(case: Case, rec_id: str) -> None:
    """Count the contact to come; a ghost's too, so that both groups are decided alike."""
    class_ = case.candidate.trigger.class_
    contact = Contact(case.now, in_shadow(class_) if case.shadow else class_, case.channels[0], rec_id)
    case.customer.contacts = [*case.customer.contacts, contact]


def _id_of(case: Case) -> str:
    candidate = case.candidate
    return recommendation_id(case.customer.key, candidate.name, candidate.episode)


def _live_of(case: Case) -> Live:
    """What was opened last: the case's own."""
    live = case.customer.live
    return live[next(reversed(live))]


def _drop(customer: Customer, live: Live) -> str:
    rec_id: str = live.record["id"]
    customer.live.pop(rec_id, None)
    customer.timers.pop(timer_slot(EXPIRE, rec_id), None)
    customer.timers.pop(timer_slot(RELEASE, rec_id), None)
    return rec_id


def _set_timer(customer: Customer, owner: str, live: Live, due: Instant) -> None:
    rec_id = live.record["id"]
    customer.timers[timer_slot(owner, rec_id)] = Timer(due)
