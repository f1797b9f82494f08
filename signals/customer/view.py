"""A customer as a person reads them: journey, beliefs, guards, promises, what is due; never the text of a note."""

from typing import Any

import msgspec

from signals.calendar.instant import DAY, Instant, format_instant
from signals.customer.experience import experience_index, experiences, mood
from signals.customer.facts import Touch
from signals.customer.lifecycle import lifecycle_stage
from signals.customer.state import Customer
from signals.customer.switching import freedom_to_switch
from signals.customer.threads import Thread, coherence, jobs_in_progress, threads
from signals.customer.underway import NEVER, owner_and_key
from signals.customer.word_of_mouth import word_of_mouth
from signals.decision.consent import channel_word
from signals.decision.value import engagement_value
from signals.pack.compile import Pack
from signals.triggers.belief import probability, undenied

View = dict[str, Any]


def customer_view(customer: Customer, pack: Pack, now: Instant) -> View:
    """The whole of a customer's state as JSON; times in RFC 3339 UTC, the journey newest first.

    ``zone`` is the pack's own, in which people read them.
    """
    return {
        "customer": customer.key,
        "zone": pack.environment.zone.key,
        "subjects": [customer.key, *sorted(customer.aliases)],
        "since": format_instant(customer.created),
        "owner": customer.profile.get("owner") or None,
        "profile": dict(sorted(customer.profile.items())),
        "erased": _time(customer.erased),
        "objected": _time(customer.objected),
        "touches": customer.touch_count,
        "rhythm_days": round(customer.gap_total / customer.gap_count / DAY, 1) if customer.gap_count else None,
        "stage": msgspec.to_builtins(lifecycle_stage(customer, now)),
        "experience": _experience(customer, now),
        "coherence": coherence(customer),
        "threads": [_thread(thread) for thread in threads(customer, now)],
        "word_of_mouth": round(word_of_mouth(customer, now), 3),
        "household": sorted(customer.household.keys() - {customer.key, *customer.aliases}),
        "jobs": jobs_in_progress(customer, now),
        "value": engagement_value(customer, pack.environment, now).record(),
        "guards": _guards(customer, now),
        "consents": _consents(customer),
        "beliefs": _beliefs(customer, pack, now),
        "promises": _promises(customer),
        "policies": _policies(customer),
        "seasons": _seasons(customer, pack, now),
        "complaints": {key: case.status for key, case in sorted(customer.complaints.items())},
        "claims": {key: case.status for key, case in sorted(customer.claims.items())},
        "communities": dict(sorted(customer.communities.items())),
        "timers": [
            {"at": format_instant(due), "what": owner.lstrip("@"), "about": key}
            for due, (owner, key) in sorted((timer.due, owner_and_key(slot)) for slot, timer in customer.timers.items())
        ],
        "journey": [_touch(touch) for touch in reversed(customer.touches)],
        "recommendations": [live.record for live in customer.live.values() if not live.hidden],
    }


def _seasons(customer: Customer, pack: Pack, now: Instant) -> list[View]:
    """The seasons of products they have or had: the phase, and until when they may switch."""
    environment = pack.environment
    held = {policy.product for policy in customer.policies.values()}
    shown = []
    for season in map(environment.season, environment.season_names):
        if environment.product_name(season.latest.product) in held:
            until, because = freedom_to_switch(customer, season, now) or (None, None)
            row = {"calendar": season.name, "phase": season.phase_at(now)}
            shown.append({**row, "may_switch_until": _time(until), "because": because})
    return shown


def _experience(customer: Customer, now: Instant) -> View:
    lived = experiences(customer, now)
    felt = mood(lived)
    return {
        "index": round(experience_index(lived, now), 3),
        "mood": None if felt is None else round(felt, 2),
        "over_time": [{"time": format_instant(one.time), "what": one.what, "warmth": one.warmth} for one in lived],
    }


def _thread(thread: Thread) -> View:
    told = msgspec.to_builtins(thread)
    return {**told, "first": format_instant(thread.first), "last": format_instant(thread.last)}


def _touch(touch: Touch) -> View:
    return {
        "time": format_instant(touch.time),
        "type": touch.type,
        "channel": touch.channel,
        "about": touch.about,
        "event": touch.event,
        "by_us": not touch.inbound,
    }


def _guards(customer: Customer, now: Instant) -> list[View]:
    return [
        {
            "guard": name.removeprefix("guard."),
            "since": format_instant(guard.since),
            "until": None if guard.until == NEVER else format_instant(guard.until),
            "cause": f"event {guard.event}",
        }
        for name, causes in sorted(customer.guards.items())
        for guard in causes.values()
        if guard.since <= now < guard.until
    ]


def _consents(customer: Customer) -> list[View]:
    found = []
    for purpose, words in sorted(customer.consents.items()):
        latest = max(words.values(), key=lambda consent: consent.time)
        all_channels = words.get("")
        found.append(
            {
                "purpose": purpose,
                "given": any(channel_word(words, name).given for name in words),
                "since": format_instant(latest.time),
                "channels": sorted(name for name in words if name and channel_word(words, name).given),
                "refused": sorted(name for name in words if name and not channel_word(words, name).given),
                "all_channels": all_channels is not None and all_channels.given,
                "basis": latest.basis,
                "expires": _time(latest.expires),
            }
        )
    return found


def _beliefs(customer: Customer, pack: Pack, now: Instant) -> list[View]:
    found = []
    for name, held in sorted(customer.beliefs.items()):
        trigger, evidence = pack.triggers.get(name), undenied(held)
        if trigger is None or trigger.definition.belief is None or not evidence:
            continue
        rule = trigger.definition.belief
        found.append(
            {
                "trigger": name,
                "probability": round(probability(evidence, now, rule), 4),
                "threshold": rule.threshold,
                "evidence": len(evidence),
                "last": format_instant(evidence[-1].time),
            }
        )
    return sorted(found, key=lambda belief: -float(belief["probability"]))


def _promises(customer: Customer) -> list[View]:
    return [
        {"promise": key, "due": format_instant(promise.due), "status": promise.status, "owner": promise.owner}
        for key, promise in sorted(customer.promises.items(), key=lambda item: (item[1].due, item[0]))
    ]


def _policies(customer: Customer) -> list[View]:
    return [
        {
            "policy": key,
            "product": policy.product,
            "status": "active" if policy.active else "ended",
            "premium": policy.premium,
            "start_date": _time(policy.started),
            "renewal_date": _time(policy.renewal),
        }
        for key, policy in sorted(customer.policies.items())
    ]


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
