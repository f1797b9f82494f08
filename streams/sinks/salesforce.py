"""Salesforce: a life event on the person where there is one, and a task for whoever works it.

Rows are upserted by an external id field that holds our recommendation's id, so a withdrawal changes the same rows.
Needs API version 59 or later and, on ``PersonLifeEvent`` and ``Task``, a text field marked External ID and Unique.
"""

from typing import Any
from urllib.parse import quote

from streams.sinks.answer import judge_deletion, judge_record
from streams.sinks.delivery import DELIVERED, Delivery, Fate, Record, Verdict
from streams.sinks.reading import Reading, Reported
from streams.sinks.sign_in import SignIn
from streams.wall import wall_now

LIFE_EVENTS = {
    "life_event.move": "Relocation",
    "life_event.home_purchase": "Home",
    "life_event.birth": "Birth",
    "life_event.marriage": "Marriage",
    "life_event.cohabitation": "Domestic Partnership",
    "life_event.new_job": "Job",
    "life_event.retirement": "Retirement",
}
"""Triggers that the picklist ``EventType`` has a word for."""

_LOCKED = "UNABLE_TO_LOCK_ROW"
_VERSION = "v62.0"
_DATA = "/services/data/"
_OPEN = "Not Started"
_STATUS = {"released": _OPEN, "held": _OPEN, "done": "Completed"}


class Salesforce:
    """Upserts rows in the org at ``url``; customers are found by ``customer_field`` of Account."""

    def __init__(self, name: str, url: str, field: str, customer_field: str, sign_in: SignIn) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._field = field
        self._customer_field = customer_field
        self._sign_in = sign_in

    async def deliver(self, delivery: Delivery) -> Verdict:
        """Write the life event, then the task; both again when either fails, which changes nothing twice."""
        if delivery.erases:
            return await self._erase(delivery.record["id"])
        for table, row in self._rows(delivery):
            verdict = await self._upsert(table, delivery.record["id"], row)
            if verdict.fate is not Fate.DELIVERED:
                return verdict
        return DELIVERED

    async def _erase(self, id: str) -> Verdict:
        """Delete the rows of both tables; which there are isn't known any more."""
        for table in ("PersonLifeEvent", "Task"):
            async with self._sign_in.send("DELETE", self._place(table, id), None) as answer:
                verdict = judge_deletion(answer, wall_now())
            if verdict.fate is not Fate.DELIVERED:
                return verdict
        return DELIVERED

    def _place(self, table: str, id: str) -> str:
        return f"{self._url}{_DATA}{_VERSION}/sobjects/{table}/{self._field}/{quote(id, safe='')}"

    async def read(self, since: str, page: str = "") -> Reading:
        """Tasks of ours that were changed, by the moment at which the org says so; it answers some 2,000 at a time."""
        changed = f" AND SystemModstamp >= {since}" if since else ""
        query = (
            f"SELECT {self._field}, Status, SystemModstamp FROM Task WHERE {self._field} != null{changed}"  # noqa: S608
            " ORDER BY SystemModstamp"
        )
        place = page if page.startswith(_DATA) else f"{_DATA}{_VERSION}/query?q={quote(query, safe='')}"
        async with self._sign_in.send("GET", self._url + place) as answer:
            verdict = judge_record(answer, wall_now())
            if verdict.fate is not Fate.DELIVERED:
                return Reading(verdict)
            found = await answer.json()
        return Reading(DELIVERED, [self._reported(row) for row in found["records"]], found.get("nextRecordsUrl", ""))

    def _reported(self, row: Record) -> Reported:
        changed = row["SystemModstamp"].replace("+0000", "Z")  # as a query wants it
        return Reported(row[self._field], row["Status"], changed)

    async def _upsert(self, table: str, id: str, row: Record) -> Verdict:
        async with self._sign_in.send("PATCH", self._place(table, id), row) as answer:
            if answer.status == 300:
                return Verdict(Fate.NEVER, f"{table}: several rows have this {self._field}; make the field unique")
            if answer.status == 400 and _LOCKED in await answer.text():
                return Verdict(Fate.LATER, f"{table}: somebody else is writing this row or its account")
            return judge_record(answer, wall_now())

    def _rows(self, delivery: Delivery) -> list[tuple[str, Record]]:
        record = delivery.record
        task = self._task(record)
        if delivery.closed_there:
            del task["Status"]
        rows = [("Task", task)]
        if record["trigger"] in LIFE_EVENTS:
            rows.insert(0, ("PersonLifeEvent", self._life_event(record)))
        return rows

    def _life_event(self, record: Record) -> Record:
        return {
            "Name": record["why"]["en"][:255],
            "EventType": LIFE_EVENTS[record["trigger"]],
            "EventDate": record["created"],
            "ExpirationDate": record["expires"],
            "IsExpired": record["status"] != "released",
            "PrimaryPerson": self._customer(record),
        }

    def _task(self, record: Record) -> Record:
        return {
            "Subject": record["why"]["en"][:255],
            "Description": f"{record['why']['nl']}\n\n{record['say']['nl']}\n\n{record['say']['en']}",
            "ActivityDate": record["best_before"][:10],
            "Priority": "High" if record["urgency"] >= 0.7 else "Normal",
            "Status": _STATUS.get(record["status"], "Deferred"),
            "What": self._customer(record),
        }

    def _customer(self, record: Record) -> dict[str, Any]:
        return {"attributes": {"type": "Account"}, self._customer_field: record["customer"].partition(":")[2]}
