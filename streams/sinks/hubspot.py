"""HubSpot: a custom event on the contact once, and a task of that contact that follows the recommendation.

Needs a custom event ``pe<portal>_<event>``, on tasks a property with unique values for our recommendation's id, and on
contacts one for our customer's number, unless that is HubSpot's own number.
"""

import re
from typing import Any
from urllib.parse import quote

from streams.sinks.answer import judge_record
from streams.sinks.delivery import DELIVERED, Delivery, Fate, Record, Verdict
from streams.sinks.reading import Reading, Reported
from streams.sinks.sign_in import SignIn
from streams.wall import wall_now

_CONTACT = re.compile("/contacts/.+")
_CHANGED = "hs_lastmodifieddate"
_STATUS = {"released": "NOT_STARTED", "done": "COMPLETED"}


class _Refused(Exception):
    """A request that ends the attempt."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


class HubSpot:
    """Sends to the API at ``url``; ``event`` names the custom event in full, ``property`` the task's key and
    ``customer_property`` the contact's (empty: HubSpot's own number).

    The task of who was erased is emptied, because only HubSpot's own number could delete it; an event that was sent
    goes with the contact.
    """

    def __init__(self, name: str, url: str, event: str, property: str, customer_property: str, sign_in: SignIn) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._event = event
        self._property = property
        self._customer_property = customer_property
        self._sign_in = sign_in

    async def deliver(self, delivery: Delivery) -> Verdict:
        """Upsert the task, and when it is released give it to its contact and send the event.

        All of it again changes nothing: the event's ``uuid`` marks a repetition.
        """
        record = delivery.record
        try:
            if record["status"] != "released":
                await self._upsert(delivery)
                return DELIVERED
            contact = await self._contact(record)
            task = await self._upsert(delivery)
            await self._send("PUT", f"/crm/v4/objects/tasks/{task}/associations/default/contacts/{contact}")
            await self._send("POST", "/events/v3/send", self._sent(record, contact))
        except _Refused as refused:
            return refused.verdict
        return DELIVERED

    async def read(self, since: str, page: str = "") -> Reading:
        """Tasks of ours that were changed; the search answers a page of at most 200."""
        filters = [{"propertyName": self._property, "operator": "HAS_PROPERTY"}]
        if since:
            filters.append({"propertyName": _CHANGED, "operator": "GTE", "value": since})
        search = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": _CHANGED, "direction": "ASCENDING"}],
            "properties": [self._property, "hs_task_status", _CHANGED],
            "limit": 200,
            **({"after": page} if page else {}),
        }
        async with self._sign_in.send("POST", f"{self._url}/crm/v3/objects/tasks/search", search) as answer:
            verdict = judge_record(answer, wall_now())
            if verdict.fate is not Fate.DELIVERED:
                return Reading(verdict)
            found = await answer.json()
        rows = [one["properties"] for one in found["results"]]
        reported = [Reported(row[self._property], row["hs_task_status"], row[_CHANGED]) for row in rows]
        return Reading(DELIVERED, reported, found.get("paging", {}).get("next", {}).get("after", ""))

    async def _contact(self, record: Record) -> str:
        """HubSpot's number of the contact."""
        number = quote(record["customer"].partition(":")[2], safe="")
        if not self._customer_property:
            return number
        found = await self._send("GET", f"/crm/v3/objects/contacts/{number}?idProperty={self._customer_property}")
        return str(found["id"])

    async def _upsert(self, delivery: Delivery) -> str:
        """HubSpot's number of the task."""
        task = self._task(delivery.record)
        if delivery.closed_there:
            del task["properties"]["hs_task_status"]
        told = await self._send("POST", "/crm/v3/objects/tasks/batch/upsert", {"inputs": [task]})
        return str(told["results"][0]["id"])

    async def _send(self, method: str, path: str, body: Record | None = None) -> Any:
        async with self._sign_in.send(method, self._url + path, body) as answer:
            if answer.status == 207:
                kinds = {str(error.get("category")) for error in (await answer.json()).get("errors", ())}
                raise _Refused(Verdict(Fate.NEVER, f"{path} took only a part: {', '.join(sorted(kinds))}"))
            verdict = judge_record(answer, wall_now(), _CONTACT.sub("/contacts/…", answer.url.path))
            if verdict.fate is not Fate.DELIVERED:
                raise _Refused(verdict)
            return await answer.json() if answer.status == 200 else None

    def _task(self, record: Record) -> Record:
        properties = {
            self._property: record["id"],
            "hs_task_subject": record["why"]["en"],
            "hs_task_body": f"{record['why']['nl']} {record['say']['nl']}".strip(),
            "hs_task_status": _STATUS.get(record["status"], "DEFERRED"),
        }
        if not record.get("erased"):
            properties["hs_task_priority"] = "HIGH" if record["urgency"] >= 0.7 else "MEDIUM"
            properties["hs_timestamp"] = record["best_before"]
        return {"id": record["id"], "idProperty": self._property, "properties": properties}

    def _sent(self, record: Record, contact: str) -> Record:
        return {
            "eventName": self._event,
            "uuid": record["id"],
            "objectId": contact,
            "occurredAt": record["created"],
            "properties": {"trigger": record["trigger"], "class": record["class"], "recommendation": record["id"]},
        }
