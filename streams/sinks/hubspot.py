"""HubSpot: a custom event on the contact once, and a task that follows the recommendation.

Needs a custom event ``pe<portal>_<event>`` and, on tasks, a property with unique values for our recommendation's id.
"""

import time

from streams.sinks.answer import judge_record
from streams.sinks.delivery import DELIVERED, Delivery, Fate, Record, Verdict
from streams.sinks.reading import Reading, Reported
from streams.sinks.sign_in import SignIn

_CHANGED = "hs_lastmodifieddate"
_STATUS = {"released": "NOT_STARTED", "done": "COMPLETED"}


class HubSpot:
    """Sends to the API at ``url``; ``event`` names the custom event in full, ``property`` the task's key.

    The task of who was erased is emptied, because only HubSpot's own number could delete it; an event that was sent
    goes with the contact.
    """

    def __init__(self, name: str, url: str, event: str, property: str, sign_in: SignIn) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._event = event
        self._property = property
        self._sign_in = sign_in

    async def deliver(self, delivery: Delivery) -> Verdict:
        """Upsert the task, and at the first release send the event; its ``uuid`` marks a repetition."""
        verdict = await self._post("/crm/v3/objects/tasks/batch/upsert", {"inputs": [self._task(delivery.record)]})
        if verdict.fate is not Fate.DELIVERED or delivery.record["status"] != "released":
            return verdict
        return await self._post("/events/v3/send", self._sent(delivery.record))

    async def read(self, since: str) -> Reading:
        """Tasks of ours that were changed; the search answers a page of at most 200."""
        filters = [{"propertyName": self._property, "operator": "HAS_PROPERTY"}]
        if since:
            filters.append({"propertyName": _CHANGED, "operator": "GTE", "value": since})
        search = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": _CHANGED, "direction": "ASCENDING"}],
            "properties": [self._property, "hs_task_status", _CHANGED],
            "limit": 200,
        }
        async with self._sign_in.send("POST", f"{self._url}/crm/v3/objects/tasks/search", search) as answer:
            verdict = judge_record(answer, time.time_ns() // 1_000_000)
            if verdict.fate is not Fate.DELIVERED:
                return Reading(verdict)
            rows = [one["properties"] for one in (await answer.json())["results"]]
        return Reading(DELIVERED, [Reported(row[self._property], row["hs_task_status"], row[_CHANGED]) for row in rows])

    async def _post(self, path: str, body: Record) -> Verdict:
        async with self._sign_in.send("POST", self._url + path, body) as answer:
            if answer.status == 207:
                return Verdict(Fate.NEVER, f"{path} took only a part: {(await answer.json()).get('errors')}")
            return judge_record(answer, time.time_ns() // 1_000_000)

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

    def _sent(self, record: Record) -> Record:
        return {
            "eventName": self._event,
            "uuid": record["id"],
            "objectId": record["customer"].partition(":")[2],
            "occurredAt": record["created"],
            "properties": {"trigger": record["trigger"], "class": record["class"], "recommendation": record["id"]},
        }
