"""What the law gives people, on the cluster: all that is known of them, to take along, and to be forgotten everywhere.

An erasure is an event: the shards forget their rows (tombstones in the changelog), and tell so on the topic of
decisions; whoever brings that to the read model forgets the person there too, puts tombstones on their recommendations
and on what was quarantined of them, and deliveries that are still to be made find nothing to deliver. Kafka itself lets
go at the next compaction, and of decisions and incoming events when their retention ends.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from signals.events.decode import encode
from streams.cluster.putting import Puts
from streams.cluster.quarantine import forget_quarantined, quarantined
from streams.cluster.settings import ClusterSettings
from streams.cluster.topics import Topics
from streams.person import MOST, kept_of, wish_to_be_forgotten
from streams.queue import Filter
from streams.queue.redis import RedisQueue
from streams.sources.quarantine import names_one, text_of
from streams.wall import wall_now

Record = dict[str, Any]
_LOOK_SECONDS = 0.2
_MOST_SECONDS = 180


class NotForgotten(Exception):
    """The erasure was sent, and the read model still knows the person; says what to do."""


def forget(settings: ClusterSettings, queue: RedisQueue, customers: Sequence[str]) -> None:
    """Forget customers in the read model and on the topics that are compacted; raises ``KafkaError``, ``RedisError``.

    The tombstones go first: after a crash in between, the read model still knows what they are for. They go to every
    partition: a record is where its customer's row lived when it was written, as who they became, or with a history.
    """
    topic = Topics.of(settings).recommendations
    with closing(Puts(settings)) as puts:
        for customer in customers:
            items = queue.list(Filter(customer=customer), wall_now(), MOST).items
            for id in [*(item.recommendation["id"] for item in items), *queue.purged_of(customer)]:
                for shard in range(settings.partitions):
                    puts.put(topic, None, key=id.encode(), partition=shard)
        puts.settle()
    forget_quarantined(settings, customers)
    for customer in customers:
        queue.erase(customer)


def export(settings: ClusterSettings, subject: str) -> Record | None:
    """All that is known of a person, as JSON; None when nothing is. Raises the errors of Kafka and Redis."""
    from streams.cluster.node import ClusterNode

    with closing(ClusterNode(settings)) as node:
        view = node.customer(subject)
        known = view is not None and view.get("erased") is None
        names = sorted({subject, *(view["subjects"] if view is not None and known else ())})
        recommendations, decisions = kept_of(node.queue, names, wall_now())
    apart = [record for record in quarantined(settings) if names_one(text_of(record), names)]
    if not (known or recommendations or decisions or apart):
        return None
    return {
        "subject": subject,
        "customer": view,
        "recommendations": recommendations,
        "decisions": decisions,
        "quarantined": apart,
    }


def erase(settings: ClusterSettings, subject: str) -> Record:
    """Forget a person under all their subjects, and wait until the read model has; returns what went, as counts.

    Raises ``NotForgotten`` and the errors of Kafka and Redis.
    """
    from streams.cluster.node import ClusterNode

    with closing(ClusterNode(settings)) as node:
        view = node.customer(subject)
        names = sorted({subject, *(view["subjects"] if view is not None else ())})
        recommendations, decisions = kept_of(node.queue, names, wall_now())
        apart = sum(1 for record in quarantined(settings) if names_one(text_of(record), names))
        node.ingest([encode(wish_to_be_forgotten(view["customer"] if view is not None else subject, wall_now()))])
        deadline = time.monotonic() + _MOST_SECONDS
        while any(kept_of(node.queue, names, wall_now())):
            if time.monotonic() > deadline:
                raise NotForgotten("the erasure is on its way; is a worker running? Look again with privacy export")
            time.sleep(_LOOK_SECONDS)
        forget(settings, node.queue, names)
    records = len(recommendations) + len(decisions)
    return {"rows": len(names) if view is not None else 0, "records": records, "quarantined": apart}
