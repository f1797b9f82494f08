"""Microsoft Dataverse (Dynamics 365): one row per recommendation, upserted by an alternate key that holds its id."""

from urllib.parse import quote, urlencode

from streams.sinks.answer import judge_deletion, judge_record
from streams.sinks.delivery import DELIVERED, Delivery, Fate, Record, Verdict
from streams.sinks.reading import Reading, Reported
from streams.sinks.sign_in import SignIn
from streams.wall import wall_now

_PAGE = 1_000


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
                return judge_deletion(answer, wall_now())
        async with self._sign_in.send("PATCH", url, self._row(delivery.record)) as answer:
            return judge_record(answer, wall_now())

    async def read(self, since: str, page: str = "") -> Reading:
        """Rows of ours whose column ``<prefix>_outcome`` people filled; we never write it."""
        key, outcome = f"{self._prefix}_recommendation", f"{self._prefix}_outcome"
        changed = f" and modifiedon ge {since}" if since else ""
        asked = {
            "$select": f"{key},{outcome},modifiedon",
            "$filter": f"{key} ne null and {outcome} ne null{changed}",
            "$orderby": "modifiedon",
        }
        first = f"{self._set}?{urlencode(asked, quote_via=quote)}"
        url = page if page.startswith(f"{self._set}?") else first
        async with self._sign_in.send("GET", url, prefer=f"odata.maxpagesize={_PAGE}") as answer:
            verdict = judge_record(answer, wall_now())
            if verdict.fate is not Fate.DELIVERED:
                return Reading(verdict)
            found = await answer.json()
        reported = [Reported(row[key], row[outcome], row["modifiedon"]) for row in found["value"]]
        return Reading(DELIVERED, reported, found.get("@odata.nextLink", ""))

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
