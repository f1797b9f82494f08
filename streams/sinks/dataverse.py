"""Microsoft Dataverse (Dynamics 365): one row per recommendation, upserted by an alternate key that holds its id."""

import time
from urllib.parse import quote

from streams.sinks.answer import judge_deletion, judge_record
from streams.sinks.delivery import Delivery, Record, Verdict
from streams.sinks.sign_in import SignIn


class Dataverse:
    """Upserts rows of the set ``table`` (its plural name) in the organisation at ``url``.

    Columns are named after ours with the publisher's ``prefix``; the alternate key is ``<prefix>_recommendation``.
    """

    def __init__(self, name: str, url: str, table: str, prefix: str, sign_in: SignIn) -> None:
        self.name = name
        self._set = f"{url.rstrip('/')}/api/data/v9.2/{table}"
        self._prefix = prefix
        self._sign_in = sign_in

    async def deliver(self, delivery: Delivery) -> Verdict:
        """Create the row or change it: one request does either; or delete it."""
        key = delivery.record["id"].replace("'", "''")
        url = f"{self._set}({self._prefix}_recommendation='{quote(key, safe='')}')"
        if delivery.erases:
            async with self._sign_in.send("DELETE", url, None) as answer:
                return judge_deletion(answer, time.time_ns() // 1_000_000)
        async with self._sign_in.send("PATCH", url, self._row(delivery.record)) as answer:
            return judge_record(answer, time.time_ns() // 1_000_000)

    def _row(self, record: Record) -> Record:
        fields = {
            "name": record["why"]["en"][:200],
            "customer": record["customer"],
            "trigger": record["trigger"],
            "class": record["class"],
            "status": record["status"],
            "channel": record["channel"],
            "desk": record["desk"],
            "owner": record["owner"],
            "why": record["why"]["nl"],
            "say": record["say"]["nl"],
            "notbefore": record["not_before"],
            "bestbefore": record["best_before"],
            "expires": record["expires"],
            "priority": record["priority"],
            "revision": record["revision"],
        }
        return {f"{self._prefix}_{name}": value for name, value in fields.items()}
