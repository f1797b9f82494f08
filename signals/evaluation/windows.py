"""When a recommendation is about a true event: the match windows."""

from typing import NamedTuple

from signals.calendar.instant import DAY, Instant


class Window(NamedTuple):
    """Days around a true event in which a recommendation of its trigger is right, both ends included."""

    before: int
    after: int

    def around(self, event: Instant) -> tuple[Instant, Instant]:
        """The first and the last right moment for an event at that moment."""
        return event - self.before * DAY, event + self.after * DAY


_EARLY = 14
_ACT = Window(1, 7)


def _life(before: int, after: int) -> Window:
    return Window(before + _EARLY, after)


WINDOWS: dict[str, Window] = {
    # Life events: from the contact window's begin until the occasion expires (domain facts on products, window, tone).
    # What is seen up to two weeks earlier is right, too: a recommendation waits for its window.
    "life_event.move": _life(45, 60),
    "life_event.home_purchase": _life(60, 45),
    "life_event.mortgage_renewal": _life(180, 0),
    "life_event.energy_renovation": _life(30, 180),
    "life_event.birth": _life(90, 120),
    "life_event.marriage": _life(60, 120),
    "life_event.cohabitation": _life(60, 120),
    "life_event.divorce": _life(60, 180),
    "life_event.child_adult": _life(60, 60),
    "life_event.new_job": _life(30, 90),
    "life_event.job_loss": _life(30, 90),
    "life_event.retirement": _life(365, 180),
    "life_event.new_business": _life(60, 180),
    "life_event.car_purchase": _life(7, 14),
    "life_event.car_disposal": _life(0, 14),
    "life_event.e_bike": _life(7, 60),
    "life_event.pet": _life(7, 60),
    "life_event.travel": _life(60, 0),
    "life_event.bereavement": _life(0, 90),
    # The season: whoever compares should be found before it ends; leaving and coming back within a week.
    "season.health_nl.comparing": Window(1, 50),
    "season.health_nl.cancelled_elsewhere": _ACT,
    "season.health_nl.won_back": _ACT,
    # Acts: a day of slack for clocks, a week to notice.
    "relationship.repeat_contact": _ACT,
    "relationship.promise_broken": _ACT,
    "relationship.complaint_open": _ACT,
    "relationship.complaint_overdue": _ACT,
    "relationship.cancel_intent": _ACT,
    "relationship.switch_intent": _ACT,
    "relationship.price_complaint": _ACT,
    "relationship.human_request": _ACT,
    "relationship.claim_blame": _ACT,
    "relationship.detractor": _ACT,
    "advocacy.claim_praise": _ACT,
    "advocacy.thanks_praise": _ACT,
    "advocacy.promoter": _ACT,
    "advocacy.referral": _ACT,
    "purchase.quote_abandoned": _ACT,
    # Growing apart shows only by silence, which begins with the last touch before and takes its time.
    "relationship.growing_apart": Window(60, 240),
}
"""Per trigger; a trigger that is not here is not judged."""
