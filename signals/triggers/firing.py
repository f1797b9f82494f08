"""Firing: how every kind of trigger turns a fulfilled condition into a candidate, once per episode."""

from collections.abc import Sequence

from signals.calendar.instant import DAY, Instant
from signals.customer.underway import Episode, Evidence, Guard, Live, Refused, episode_name, evidence_of, release_mark
from signals.events.shapes import LONGEST_NAME
from signals.pack.environment import CompiledTrigger
from signals.scene import Candidate, Scene

CERTAIN = 1.0


def observed(scene: Scene, kind: int = 0, weight: float = CERTAIN) -> Evidence:
    """The scene's event as a piece of evidence; of many triggers that see the same in it, all share one piece."""
    known = scene.evidence
    if known is not None and known.kind == kind and known.weight == weight:
        return known
    event = scene.event
    assert event is not None
    social = event.type == "social.posted"
    scene.evidence = known = Evidence(scene.now, event.id, event.source, kind, weight, _stated_date(scene), social)
    return known


def fire(
    scene: Scene,
    trigger: CompiledTrigger,
    key: str,
    evidence: Sequence[Evidence],
    probability: float = CERTAIN,
    anchor: Instant | None = None,
) -> Candidate:
    """Add a candidate to the scene. Within the trigger's running episode it is marked a duplicate.

    It fires when its last piece of evidence was there, also when an earlier one came in after that.
    """
    now = max(scene.now, evidence[-1].time)
    cause = (scene.event.source, scene.event.id) if scene.event is not None else ("due",)
    if now > scene.now:
        cause = evidence[-1].source, evidence[-1].event
    candidate = Candidate(
        trigger=trigger,
        name=trigger.name_for(scene),
        key=key,
        fired=now,
        probability=probability,
        evidence=list(evidence),
        anchor=anchor if anchor is not None else _day_meant(scene, trigger, evidence, now),
        words=words_for(scene, key, len(evidence), now),
        late=scene.late,
        warmup=scene.warmup,
        cause=" ".join(cause),
    )
    if trigger.definition.no_sales is not None:
        until = trigger.definition.no_sales.after(now, scene.environment.zone)
        scene.customer.guards.setdefault(trigger.name, {})[key] = Guard(now, until, evidence[-1].event)
    candidate.episode = episode_name(key, now)
    _enter_episode(scene, trigger, candidate)
    scene.candidates.append(candidate)
    return candidate


def pass_over(scene: Scene, trigger: CompiledTrigger, key: str) -> None:
    """What came in late would have fired, and was taken back since then: its episode has begun all the same."""
    slot, now = _slot(trigger, trigger.name_for(scene), key), scene.now
    running = scene.customer.episodes.get(slot)
    if not scene.late and (running is None or running.started < now >= running.until):
        scene.customer.episodes[slot] = Episode(now, end_of(scene, trigger, now), about=key)


def told_later(scene: Scene, trigger: CompiledTrigger, key: str) -> list[Evidence]:
    """The evidence on which the trigger fired at a later moment than this, which comes in late, where it is at hand."""
    customer, running = scene.customer, _last_episode(scene, trigger, key)
    if running is None or running.started <= scene.now or running.about != key:
        return []
    told: list[Live | Refused] = [*customer.live.values(), *customer.refused]
    later = [one for one in told if one.trigger == trigger.name and one.key == key and one.fired >= running.started]
    return evidence_of(min(later, key=lambda one: one.fired)) if later else []


def began_before(scene: Scene, trigger: CompiledTrigger, key: str, began: Instant) -> None:
    """What fired would have fired before that: its episode runs from then on. It has released and releases no more."""
    running = _last_episode(scene, trigger, key)
    if running is not None and began < running.started:
        _remember(scene, trigger.name_for(scene), running.name, running.started)
        running.started, running.until = began, min(running.until, end_of(scene, trigger, began))


def _day_meant(scene: Scene, trigger: CompiledTrigger, evidence: Sequence[Evidence], now: Instant) -> Instant:
    """The day the evidence last stated, else now. A day stated earlier counts only while its window is still open."""
    closes, zone = trigger.play.window.closes, scene.environment.zone
    for piece in reversed(evidence):
        if piece.date is not None and (piece.time == now or closes.after(piece.date, zone) > now):
            return piece.date
    return now


def in_episode(scene: Scene, trigger: CompiledTrigger, key: str = "") -> bool:
    """Whether the trigger's last episode still runs."""
    episode = _last_episode(scene, trigger, key)
    return episode is not None and scene.now < episode.until


def episode_began(scene: Scene, trigger: CompiledTrigger) -> Instant | None:
    """When the trigger's running episode began; ``None`` when none runs."""
    episode = _last_episode(scene, trigger, "")
    return episode.started if episode is not None and scene.now < episode.until else None


def end_episode(scene: Scene, trigger: CompiledTrigger, moment: Instant) -> None:
    """What the trigger's last episode was about was over at a moment, before the episode's length had passed."""
    episode = _last_episode(scene, trigger, "")
    if episode is not None:
        episode.until = min(episode.until, moment)


def has_fired(scene: Scene, trigger: CompiledTrigger, key: str, due: Instant) -> bool:
    """Whether the trigger fired for what was due at a moment that has passed, or is in an episode."""
    episode = _last_episode(scene, trigger, key)
    if episode is None or episode.started < due:
        return episode is not None and scene.now < episode.until
    if episode.started > scene.now:
        return episode.started == due and episode.about == key
    if scene.now < episode.until or episode.about == key:
        return True
    return any(live.trigger == trigger.name and live.key == key for live in scene.customer.live.values())


def has_fired_at(scene: Scene, trigger: CompiledTrigger, key: str, due: Instant) -> bool:
    """Whether the trigger's last episode began with what was due at this moment."""
    episode = _last_episode(scene, trigger, key)
    return episode is not None and episode.started == due and episode.about == key


def end_of(scene: Scene, trigger: CompiledTrigger, began: Instant) -> Instant:
    """Until when an episode lasts: no longer than its beginning where the trigger tells no length."""
    lasts = trigger.definition.episode
    return began if lasts is None else lasts.after(began, scene.environment.zone)


def _last_episode(scene: Scene, trigger: CompiledTrigger, key: str) -> Episode | None:
    return scene.customer.episodes.get(_slot(trigger, trigger.name_for(scene), key))


def _enter_episode(scene: Scene, trigger: CompiledTrigger, candidate: Candidate) -> None:
    """Begin an episode; within a running one the candidate is a duplicate of the one that began it.

    It lasts at least until the day that is meant. What comes too late begins none.
    """
    customer, now = scene.customer, candidate.fired
    episodes, slot = customer.episodes, _slot(trigger, candidate.name, candidate.key)
    running = episodes.get(slot)
    until = end_of(scene, trigger, now)
    if trigger.definition.episode is not None:
        until = max(until, candidate.anchor)
    if running is None:
        known = False
    elif now < running.started:
        known = _begins_earlier(scene, running, candidate, until)
    else:
        known = now < running.until or running.name == candidate.episode
    if known:
        assert running is not None
        running.fired += not scene.late
        candidate.duplicate = True
        candidate.episode = running.name
    elif customer.settled and customer.settled.get(release_mark(candidate.name, candidate.episode)) is not None:
        candidate.duplicate = True
    elif not scene.late:
        if running is not None:
            if now < running.started and until <= running.started:
                _remember(scene, candidate.name, candidate.episode, now)
                return
            if now - running.started < scene.environment.lateness:
                _remember(scene, candidate.name, running.name, running.started)
        if trigger.definition.per_key and trigger.class_ == "sales":
            _forget_passed(episodes, trigger.name, now - _REMEMBERED)
        episodes[slot] = Episode(now, until, about=candidate.key)


def _begins_earlier(scene: Scene, running: Episode, candidate: Candidate, until: Instant) -> bool:
    """What came in late, out of order: whether the episode that it begins is the one that runs since a later moment.

    Then that one runs from and until when it would have in order. It has released, so it releases no more.
    """
    if until <= running.started:
        return False
    if not scene.late:
        _remember(scene, candidate.name, running.name, running.started)
        running.started, running.until, running.about = candidate.fired, min(running.until, until), candidate.key
    return True


def _remember(scene: Scene, trigger: str, episode: str, started: Instant) -> None:
    """An episode that isn't the trigger's last one releases at most once, too; what is of it may still come in."""
    scene.customer.settle(release_mark(trigger, episode), started, scene.environment.lateness)


_REMEMBERED = 60 * DAY
"""How long an offer about one thing is remembered after its episode; of care and service all tell how it felt."""


def _forget_passed(episodes: dict[str, Episode], trigger: str, before: Instant) -> None:
    """Forget a trigger's episodes about things, one policy or product each, that ended before then."""
    its_own = f"{trigger}|", f"{trigger}."
    for slot in [slot for slot, episode in episodes.items() if episode.until < before and slot.startswith(its_own)]:
        del episodes[slot]


def _slot(trigger: CompiledTrigger, name: str, key: str) -> str:
    definition = trigger.definition
    return f"{name}|{key}" if definition.per_key and definition.episode is not None else name


_BEGINNING = ("quoted", "started")
"""Changes of a policy whose start date is the day of what happens, and not long ago."""


def _stated_date(scene: Scene) -> Instant | None:
    if scene.mention is not None:
        return scene.mention.date
    data = scene.data
    effective = data.get("effective") or (data.get("start_date") if data.get("change") in _BEGINNING else None)
    return scene.environment.moment_of(effective) if isinstance(effective, str) else None


def words_for(scene: Scene, key: str, count: int, now: Instant) -> dict[str, str]:
    """What the play's sentences may name: closed fields only, never a free text."""
    words = {"about": key, "count": str(count), "events": str(scene.customer.events)}
    for field in ("competitor", "form", "status", "field"):
        value = scene.data.get(field)
        if isinstance(value, str):
            words[field] = value[:LONGEST_NAME]
    if isinstance(product := scene.data.get("product"), str):
        words["product"] = scene.environment.product_name(product)
    if scene.mention is not None and scene.mention.name:
        words["competitor"] = scene.mention.name
    words["date"] = scene.environment.date_of(now)
    return words
