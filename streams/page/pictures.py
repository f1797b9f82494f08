"""Pictures, drawn here as SVG: no script, no style attribute, colours by class, a text for those who can't see them."""

from collections.abc import Sequence
from datetime import date

import msgspec
from markupsafe import Markup, escape

from signals.calendar.instant import Instant
from signals.evaluation.interval import Share
from streams.page.funnel import Row, Step
from streams.page.words import Words


def share(part: float, whole: float, kind: str = "accent") -> Markup:
    """A small bar: how much of the whole."""
    width = 100 * part / whole if whole else 0
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="8" rx="2"/><rect class="{}" width="{:.2f}" height="8" rx="2"/></svg>'
    ).format(kind, width)


def stacked(row: Row, most: int) -> Markup:
    """What became of a trigger's candidates, as one bar beside those of other triggers."""
    parts = (
        ("released", row.released),
        ("held", row.held),
        ("ghost", row.ghosts + row.shadows),
        ("refused", row.refused),
    )
    bars, at = Markup(""), 0.0
    for kind, count in parts:
        width = 100 * count / most if most else 0
        bars += Markup('<rect class="{}" x="{:.2f}" width="{:.2f}" height="10"/>').format(kind, at, width)
        at += width
    return Markup(
        '<svg class="stacked" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        "{}</svg>"
    ).format(bars)


def step(step: Step, whole: int) -> Markup:
    """One step of the funnel: what is left of the whole, and beside it what the step stopped."""
    left, stopped = (100 * count / whole if whole else 0 for count in (step.left, step.stopped))
    return Markup(
        '<svg class="step" viewBox="0 0 100 18" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="{}" width="{:.2f}" height="18"/><rect class="lost" x="{:.2f}" width="{:.2f}" height="18"/></svg>'
    ).format("released" if step.name == "released" else "accent", left, left, stopped)


class Phase(msgspec.Struct, frozen=True):
    """A phase of a season: from its first day until before the next one's."""

    name: str
    start: date
    end: date


def season(phases: Sequence[Phase], today: date, words: Words) -> Markup:
    """The season's phases on a line, with today's place on it."""
    first, last = phases[0].start, phases[-1].end
    days = max((last - first).days, 1)
    body = Markup("")
    for phase in phases:
        x = 400 * (phase.start - first).days / days
        width = 400 * (phase.end - phase.start).days / days
        now = "now" if phase.start <= today < phase.end else "then"
        body += Markup('<rect class="phase {}" x="{:.1f}" y="18" width="{:.1f}" height="16" rx="3"/>').format(
            now, x, max(width - 2, 1)
        )
    if first <= today <= last:
        x = 400 * (today - first).days / days
        body += Markup(
            '<path class="today" d="M{0:.1f} 10 V40"/><circle class="today" cx="{0:.1f}" cy="8" r="5"/>'
        ).format(x)
    return _picture(400, 42, body, words("season.title"), "season")


def window(moments: Sequence[tuple[str, Instant]], now: Instant, words: Words) -> Markup:
    """When a recommendation may be worked, on a line: its moments in order, and now."""
    first = min(now, moments[0][1])
    span = max(max(now, moments[-1][1]) - first, 1)
    points = [(name, 20 + 360 * (moment - first) / span, moment) for name, moment in moments]
    opens = next(x for name, x, _ in points if name in ("from", "created"))
    body = Markup('<rect class="track" x="20" y="26" width="360" height="8" rx="4"/>')
    body += Markup('<rect class="accent" x="{:.1f}" y="26" width="{:.1f}" height="8" rx="4"/>').format(
        opens, points[-1][1] - opens
    )
    for name, x, _ in points:
        body += Markup('<circle class="point" cx="{:.1f}" cy="30" r="5"><title>{}</title></circle>').format(
            x, words(f"decision.{name}")
        )
    x = 20 + 360 * (now - first) / span
    body += Markup('<path class="today" d="M{0:.1f} 12 V46"/><text class="label" x="{0:.1f}" y="9">{1}</text>').format(
        min(max(x, 10), 390), words("decision.now")
    )
    return _picture(400, 50, body, words("decision.window"), "window")


def histogram(bars: Sequence[tuple[str, int]], words: Words, title: str) -> Markup:
    """Counts side by side."""
    most = max((count for _, count in bars), default=0) or 1
    step = 300 / max(len(bars), 1)
    body = Markup("")
    for place, (name, count) in enumerate(bars):
        high = 70 * count / most
        x = place * step
        body += Markup(
            '<rect class="accent" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>'
            '<text class="middle" x="{:.1f}" y="{:.1f}">{}</text>'
            '<text class="middle label" x="{:.1f}" y="108">{}</text>'
        ).format(x + 4, 90 - high, step - 8, high, x + step / 2, 84 - high, words.number(count), x + step / 2, name)
    return _picture(300, 114, body, title, "histogram")


def interval(low: float, middle: float, high: float, words: Words, title: str) -> Markup:
    """An interval on a line with nought marked: whether it holds nought is seen at once."""
    reach = max(abs(low), abs(high)) or 1.0
    left, point, right = (200 + 190 * value / reach for value in (low, middle, high))
    body = Markup(
        '<path class="lane" d="M10 22 H390"/><path class="today" d="M200 8 V36"/>'
        '<rect class="accent" x="{:.1f}" y="19" width="{:.1f}" height="6" rx="3"/>'
        '<circle class="point" cx="{:.1f}" cy="22" r="6"/>'
    ).format(left, right - left, point)
    label = f"{title}: {words.points(low)} … {words.points(high)}"
    return _picture(400, 44, body, label, "interval")


def within(share: Share, words: Words, title: str) -> Markup:
    """A share with its interval, on a line from none to all."""
    low, middle, high = (10 + 380 * (value or 0.0) for value in (share.low, share.value, share.high))
    body = Markup(
        '<path class="lane" d="M10 22 H390"/>'
        '<rect class="accent" x="{:.1f}" y="19" width="{:.1f}" height="6" rx="3"/>'
        '<circle class="point" cx="{:.1f}" cy="22" r="6"/>'
    ).format(low, high - low, middle)
    label = f"{title}: {words.percent(share.low or 0.0, 1)} – {words.percent(share.high or 0.0, 1)}"
    return _picture(400, 44, body, label, "interval")


def journey(touches: Sequence[tuple[Instant, str, bool]], now: Instant, words: Words) -> Markup:
    """Every touch as a dot on its channel's line, ours hollow, the latest on the right."""
    lanes = sorted({channel for _, channel, _ in touches})
    first = min((moment for moment, _, _ in touches), default=now)
    span = max(now - first, 1)
    body = Markup("")
    for place, lane in enumerate(lanes):
        y = 18 + 26 * place
        body += Markup('<text class="label" x="0" y="{}">{}</text><path class="lane" d="M110 {} H1096"/>').format(
            y + 4, words.named("channel", lane), y
        )
    for moment, channel, ours in touches:
        x = 114 + 976 * (moment - first) / span
        body += Markup('<circle class="{}" cx="{:.1f}" cy="{}" r="5"><title>{}</title></circle>').format(
            "ours" if ours else "theirs", x, 18 + 26 * lanes.index(channel), words.moment(moment)
        )
    return _picture(1100, 12 + 26 * len(lanes), body, words("customer.journey"), "journey")


def _picture(width: int, height: int, body: Markup, title: str, kind: str) -> Markup:
    return Markup('<svg class="drawing {}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        escape(kind), width, height, title, body
    )
