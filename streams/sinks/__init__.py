"""Recommendations on their way out: to webhooks and CRM systems, in order, however often an attempt fails."""

from streams.sinks.courier import Courier
from streams.sinks.delivery import Delivery, Sink, Verdict
from streams.sinks.outbox import Outbox

__all__ = ["Courier", "Delivery", "Outbox", "Sink", "Verdict"]
