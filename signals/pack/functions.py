"""The functions a pack's conditions may call; all are total, cheap and free of side effects.

Each receives the scene first. Products are named as the pack names them (aliases are understood).
"""

import re
from collections.abc import Callable, Iterable
from itertools import groupby, pairwise
from statistics import fmean, median, pstdev
from typing import Any

from signals.calendar.instant import DAY, EARLIEST, LATEST, Instant
from signals.customer.last_word import unchanged_since
from signals.customer.rhythm import last_own_touch, silence_limit
from signals.customer.state import Customer
from signals.customer.switching import freedom_to_switch
from signals.customer.underway import timer_slot
from signals.pack.arguments import Part, Word
from signals.pack.expression import Function
from signals.pack.page import looked_at, path_of, plainly
from signals.scene import Scene

YEAR = 365.25 * DAY

_COUNTRY = re.compile(r"market:(?!(?:eu|uk)\b)([a-z]{2})(?:-|$)", re.IGNORECASE)
"""Other names of regions, and the codes that ISO 3166 only reserves, don't say which country they are of."""


def first(scene: Scene, *values: Any) -> Any:
    """The first value that is given; an empty text, as systems send for a case that there is not, is none."""
    return next((value for value in values if value is not None and value != ""), None)


def lower(scene: Scene, text: Any) -> Any:
    """A text in lower case."""
    return text.lower() if isinstance(text, str) else None


def mentions_any(scene: Scene, text: Any, *words: Part) -> bool:
    """Whether any of the words occurs in the text, whatever the case."""
    if not isinstance(text, str):
        return False
    folded = text.lower()
    for word in words:  # noqa: SIM110  asked of every text; a generator would cost more than the search
        if word in folded:
            return True
    return False


def says(scene: Scene, value: Any, *words: Word) -> bool:
    """Whether a word of the value begins with one of these, or so begins a sequence of its words.

    Case, separators and camel case make no difference; of lists and objects all that they hold counts.
    """
    plain = plainly(value)
    return any(f" {word}" in plain for word in words)


def denies(scene: Scene, value: Any) -> bool:
    """Whether the value says that something is not so."""
    plain = plainly(value)
    return any(denial in plain for denial in _DENIALS)


_DENIALS = (" no ", " not ", " never ", " niet ", " geen ", " nooit ", " zonder ", " without ")


def changed(scene: Scene) -> bool:
    """Whether a change in the profile gave the field another value."""
    old, new = scene.data.get("old"), scene.data.get("new")
    if new is None:
        return False
    if old is not None:
        return bool(old != new)
    field, customer = str(scene.data.get("field")), scene.customer
    history = customer.histories.get(field, [])
    before = _BEFORE_AND_AFTER + customer.is_settled(f"profile {field}", scene.now)  # a late word is not the last one
    return len(history) < before or history[-before] != str(new)


def became(scene: Scene, *words: Word) -> bool:
    """Whether the profile field got another value that says one of the words."""
    return changed(scene) and says(scene, scene.data.get("new"), *words)


_LONGEST_YEAR = 366 * DAY
_BEFORE_AND_AFTER = 2


def holds(scene: Scene, *products: str) -> bool:
    """Whether the customer has an active policy of one of the products (of any product when none is named)."""
    return any(
        policy.active and (not products or policy.product in products) for policy in scene.customer.policies.values()
    )


def premium(scene: Scene, product: Any) -> float | None:
    """The customer's own premium for a product: the highest of the active policies that have one."""
    if not isinstance(product, str):
        return None
    name = scene.environment.product_name(product)
    active = (policy for policy in scene.customer.policies.values() if policy.active and policy.product == name)
    return max((policy.premium for policy in active if policy.premium is not None), default=None)


def product(scene: Scene, name: Any) -> str | None:
    """The pack's name of a product."""
    return scene.environment.product_name(name) if isinstance(name, str) else None


def directed_at_us(scene: Scene) -> bool:
    """Whether the customer spoke to us: every inbound contact, and a post that mentions or answers us or is private."""
    if scene.event is None or scene.event.type != "social.posted":
        return True
    data = scene.data
    return bool(data.get("mentions")) or data.get("reply_to") is not None or data.get("public") is False


def abroad(scene: Scene) -> bool:
    """Whether market news is of another country than the pack's, as the ISO 3166 code in its subject says."""
    home, told = scene.environment.header.holidays.country, scene.event and _COUNTRY.match(scene.event.subject)
    return bool(home and told and told[1].upper() != home.partition("-")[0])


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
    return episode is not None and 0 <= scene.now - episode.started <= days * DAY


def changed_since(scene: Scene, trigger: str, *products: str) -> bool:
    """Whether a policy of the products was started, renewed or ended since a trigger's last episode began."""
    episode = scene.customer.episodes.get(trigger)
    if episode is None:
        return False
    return any(
        policy.product in products and max(policy.ended or 0, policy.settled or 0) >= episode.started
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
    values = [value for value, _ in groupby(history)]
    return len(values) >= _THERE_AND_BACK and history[-2] != values[-1] == values[-_THERE_AND_BACK]


_THERE_AND_BACK = 3


def moment(scene: Scene, text: Any) -> Instant | None:
    """A date or time field as a moment."""
    return scene.environment.moment_of(text)


def promise_due(scene: Scene, text: Any) -> Instant | None:
    """When a promise falls due by the pack's working days."""
    return scene.environment.promise_due(text)


def page_product(scene: Scene) -> str | None:
    """The product a page or search is about: the last its address names, else the first of its title or words."""
    products, data = scene.environment.products, scene.data
    for product in reversed(products.named_in(path_of(data))):
        return product
    return next((product for text in looked_at(data) for product in products.named_in(text)), None)


def may_concern(scene: Scene, product: str) -> bool:
    """Whether a page, search or text may be about a product: it names that one, or none."""
    products = scene.environment.products
    named = [name for text in looked_at(scene.data) for name in products.named_in(text)]
    return not named or product in named


def recent(scene: Scene, date: Any, days: float) -> bool:
    """Whether a date, where one is given, lies at most so many days back."""
    instant = scene.environment.moment_of(date)
    return instant is None or scene.now - instant <= days * DAY


def waits(scene: Scene, trigger: str, key: Any = "") -> bool:
    """Whether a trigger waits for a moment of this customer, about that key."""
    return timer_slot(trigger, str(key)) in scene.customer.timers


def next_order(scene: Scene, sku: Any, least: int, regular: float) -> Instant | None:
    """When an article will be ordered again by its median interval; None below ``least`` orders or when irregular."""
    times = scene.customer.purchases.get(str(sku), [])
    if len(times) < max(least, _A_GAP):
        return None
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = fmean(gaps)
    if mean <= 0 or pstdev(gaps) / mean >= regular:
        return None
    return times[-1] + int(median(gaps))


_A_GAP = 2
"""Orders that have a gap between them."""


def unanswered_since(scene: Scene, complaint: Any) -> Instant | None:
    """When a complaint was first opened since it was last answered or closed; None where it is not open."""
    case = scene.customer.complaints.get(str(complaint))
    return None if case is None or case.status != "opened" else unchanged_since(case)


def complained_after(scene: Scene, days: float) -> bool:
    """Whether a complaint was filed within so many days after this moment: known already when this comes in late."""
    cases = scene.customer.complaints.values()
    return any(0 < case.opened - scene.now <= days * DAY for case in cases)


def working_days_after(scene: Scene, moment: Any, days: int) -> Instant | None:
    """The same time of day so many working days later."""
    is_moment = isinstance(moment, int) and EARLIEST <= moment <= LATEST
    return scene.environment.working_days.add(moment, days) if is_moment else None


def years_with_us(scene: Scene) -> int:
    """Whole years since the first policy's start, by the calendar."""
    starts = [policy.started for policy in scene.customer.policies.values() if policy.started is not None]
    if not starts:
        return 0
    start = min(starts)
    years = max(0, int((scene.now - start) / YEAR) + 1)
    while years and scene.environment.years_later(start, years) > scene.now:
        years -= 1
    return years


def quiet_since(scene: Scene, chance: float, least_days: float) -> Instant | None:
    """When silence, under the customer's own rhythm, will have had less than ``chance``; None without a rhythm."""
    limit = silence_limit(scene.customer, chance)
    if limit is None:
        return None
    last = last_own_touch(scene.customer)
    return None if last is None else last + max(limit, int(least_days * DAY))


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
    reached = max(1, (scene.now - start) // (years * _LONGEST_YEAR))
    while (moment := environment.years_later(start, years * reached)) <= scene.now:
        reached += 1
    return moment


FUNCTIONS: dict[str, Function] = {
    function.__name__: function
    for function in (
        first,
        lower,
        mentions_any,
        says,
        denies,
        changed,
        became,
        holds,
        premium,
        product,
        directed_at_us,
        abroad,
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
        may_concern,
        recent,
        waits,
        next_order,
        promise_due,
        unanswered_since,
        complained_after,
        working_days_after,
        years_with_us,
        quiet_since,
        anniversary,
    )
}
"""All of them by the name packs use."""

THINGS: dict[str, Callable[[Customer], Iterable[str]]] = {
    next_order.__name__: lambda customer: customer.purchases,
    unanswered_since.__name__: lambda customer: customer.complaints,
}
"""What a row knows such moments about, of the functions that tell one about each thing."""
