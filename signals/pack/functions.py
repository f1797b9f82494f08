"""The functions a pack's conditions may call; all are total, cheap and free of side effects.

Each receives the scene first. Products are named as the pack names them (aliases are understood).
"""

from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import Any

from signals.calendar.instant import DAY, Instant
from signals.customer.rhythm import silence_limit
from signals.customer.switching import freedom_to_switch
from signals.pack.expression import Function
from signals.scene import Scene

YEAR = 365.25 * DAY


def first(scene: Scene, *values: Any) -> Any:
    """The first value that is given."""
    return next((value for value in values if value is not None), None)


def lower(scene: Scene, text: Any) -> Any:
    """A text in lower case."""
    return text.lower() if isinstance(text, str) else None


def mentions_any(scene: Scene, text: Any, *words: str) -> bool:
    """Whether any of the words occurs in the text, whatever the case."""
    if not isinstance(text, str):
        return False
    folded = text.lower()
    return any(word in folded for word in words)


def holds(scene: Scene, *products: str) -> bool:
    """Whether the customer has an active policy of one of the products (of any product when none is named)."""
    return any(
        policy.active and (not products or policy.product in products) for policy in scene.customer.policies.values()
    )


def premium(scene: Scene, product: Any) -> float | None:
    """The customer's own premium for a product: that of the active policy that has one."""
    if not isinstance(product, str):
        return None
    name = scene.environment.product_name(product)
    for policy in scene.customer.policies.values():
        if policy.active and policy.product == name and policy.premium is not None:
            return policy.premium
    return None


def product(scene: Scene, name: Any) -> str | None:
    """The pack's name of a product."""
    return scene.environment.product_name(name) if isinstance(name, str) else None


def directed_at_us(scene: Scene) -> bool:
    """Whether the customer spoke to us: every inbound contact, and a post that mentions or answers us or is private."""
    if scene.event is None or scene.event.type != "social.posted":
        return True
    data = scene.data
    return bool(data.get("mentions")) or data.get("reply_to") is not None or data.get("public") is False


def season(scene: Scene, name: str, *phases: str) -> bool:
    """Whether this moment lies in one of the phases of a season (in any of them when none is named)."""
    phase = scene.environment.season(name).phase_at(scene.now)
    return phase is not None and (not phases or phase in phases)


def switching(scene: Scene, name: str) -> bool:
    """Whether every customer may switch at this moment of a season."""
    return scene.environment.season(name).is_switching(scene.now)


def may_switch(scene: Scene, name: str) -> bool:
    """Whether this customer may switch by a season's calendar: in the season, by an exception, or having cancelled."""
    return freedom_to_switch(scene.customer, scene.environment.season(name), scene.now) is not None


def in_season(scene: Scene, product: Any) -> bool:
    """Whether the product has a season in which customers may switch at this moment."""
    environment = scene.environment
    return any(
        environment.product_name(season.latest.product) == product and season.is_switching(scene.now)
        for season in map(environment.season, environment.season_names)
    )


def fired(scene: Scene, trigger: str, days: float = 120) -> bool:
    """Whether a trigger's episode began in the last so many days."""
    episode = scene.customer.episodes.get(trigger)
    return episode is not None and scene.now - episode.started <= days * DAY


def changed_since(scene: Scene, trigger: str, *products: str) -> bool:
    """Whether a policy of the products was started, renewed or ended since a trigger's last episode began."""
    episode = scene.customer.episodes.get(trigger)
    if episode is None:
        return False
    return any(
        policy.product in products
        and max(policy.started or 0, policy.ended or 0, policy.settled or 0) >= episode.started
        for policy in scene.customer.policies.values()
    )


def choose_until(scene: Scene, name: str, trigger: str) -> Instant | None:
    """Until when a customer who cancelled (the trigger's last episode) may still choose."""
    episode = scene.customer.episodes.get(trigger)
    if episode is None:
        return None
    calendar = scene.environment.season(name)
    return calendar.choose_until(calendar.season_year(episode.started))


def undone(scene: Scene, field: str) -> bool:
    """Whether the profile field just went back to what it was before its last change."""
    history = scene.customer.histories.get(field, [])
    return len(history) >= _THERE_AND_BACK and history[-1] == history[-_THERE_AND_BACK]


_THERE_AND_BACK = 3


def moment(scene: Scene, text: Any) -> Instant | None:
    """A date or time field as a moment."""
    return scene.environment.moment_of(text)


def promise_due(scene: Scene, text: Any) -> Instant | None:
    """When a promise falls due by the pack's working days."""
    return scene.environment.promise_due(text)


def page_product(scene: Scene) -> str | None:
    """The product a page is about, by its address or title."""
    text = " ".join(part for part in (scene.data.get("url"), scene.data.get("path"), scene.data.get("title")) if part)
    return scene.environment.product_in(text)


def next_order(scene: Scene, sku: Any, least: int, regular: float) -> Instant | None:
    """When an article will be ordered again by its median interval; None below ``least`` orders or when irregular."""
    times = scene.customer.purchases.get(str(sku), [])
    if len(times) < least:
        return None
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = fmean(gaps)
    if mean <= 0 or pstdev(gaps) / mean >= regular:
        return None
    return times[-1] + int(median(gaps))


def years_with_us(scene: Scene) -> float:
    """Years since the first policy's start."""
    starts = [policy.started for policy in scene.customer.policies.values() if policy.started is not None]
    return (scene.now - min(starts)) / YEAR if starts else 0.0


def quiet_since(scene: Scene, chance: float, least_days: float) -> Instant | None:
    """When silence, under the customer's own rhythm, will have had less than ``chance``; None without a rhythm."""
    limit = silence_limit(scene.customer, chance)
    return None if limit is None else scene.now + max(limit, int(least_days * DAY))


def anniversary(scene: Scene, years: int) -> Instant | None:
    """The next moment at which the relationship lasts a multiple of so many years.

    It begins with the first policy's start; for customers who only order, with the first we heard of them.
    """
    customer = scene.customer
    starts = [policy.started for policy in customer.policies.values() if policy.started is not None]
    if not starts and not customer.orders:
        return None
    start = min(starts, default=customer.created)
    environment = scene.environment
    reached = 1
    while (moment := environment.years_later(start, years * reached)) <= scene.now:
        reached += 1
    return moment


FUNCTIONS: dict[str, Function] = {
    function.__name__: function
    for function in (
        first,
        lower,
        mentions_any,
        holds,
        premium,
        product,
        directed_at_us,
        season,
        switching,
        may_switch,
        in_season,
        fired,
        changed_since,
        choose_until,
        undone,
        moment,
        page_product,
        next_order,
        promise_due,
        years_with_us,
        quiet_since,
        anniversary,
    )
}
"""All of them by the name packs use."""
