"""Stand-ins for CRM systems, made after the request and response shapes that their vendors publish."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.streams.sinks.receiver import Reply, Request

WRITTEN = "2026-11-20T10:00:00.000+0000"
"""When we wrote the rows ourselves."""

Rows = dict[tuple[str, str], dict[str, Any]]


class Org:
    """Salesforce: sign-in by client credentials, upsert by external id; it answers a ``page`` of rows at a time."""

    page = 2_000

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.asked: list[list[dict[str, Any]]] = []
        self.token = "t1"
        self.trouble: list[Reply] = []
        self.signed_in = 0

    def __call__(self, request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            form = parse_qs(request.body.decode())
            if form.get("grant_type") != ["client_credentials"] or form.get("client_secret") != ["s3cret"]:
                return 400, {}, {"error": "invalid_client", "error_description": "invalid client credentials"}
            self.signed_in += 1
            return 200, {}, {"access_token": self.token, "token_type": "Bearer", "instance_url": "ignored"}
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return 401, {}, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        if self.trouble:
            return self.trouble.pop(0)
        if request.path.startswith("/services/data/v62.0/query?q="):
            return self._query(unquote(request.path.partition("=")[2]))
        if found := re.fullmatch(r"/services/data/v62\.0/query/01g0x(\d+)-(\d+)", request.path):
            return self._records(self.asked[int(found[1])], int(found[1]), int(found[2]))
        found = re.fullmatch(r"/services/data/v\d+\.0/sobjects/(\w+)/Recommendation_Id__c/([^/]+)", request.path)
        if request.method == "DELETE" and found is not None and self.rows.pop((found[1], unquote(found[2])), None):
            return 204, {}, None
        if request.method != "PATCH" or found is None:
            return 404, {}, [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
        row = json.loads(request.body)
        if "Recommendation_Id__c" in row:
            message = "The field is given in the address and in the body"
            return 400, {}, [{"message": message, "errorCode": "INVALID_FIELD"}]
        key = (found[1], unquote(found[2]))
        created = key not in self.rows
        self.rows.setdefault(key, {}).update(row)
        answer = {"id": "00T000000000001AAA", "success": True, "errors": [], "created": created}
        return (201 if created else 200), {}, answer

    def _query(self, query: str) -> Reply:
        found = re.fullmatch(
            r"SELECT Recommendation_Id__c, Status, SystemModstamp FROM Task WHERE Recommendation_Id__c != null"
            r"(?: AND SystemModstamp >= (\S+))? ORDER BY SystemModstamp",
            query,
        )
        if found is None:
            return 400, {}, [{"message": f"unexpected token: {query}", "errorCode": "MALFORMED_QUERY"}]
        tasks = [(id, row) for (table, id), row in self.rows.items() if table == "Task"]
        records = [
            {"Recommendation_Id__c": id, "Status": row["Status"], "SystemModstamp": row.get("SystemModstamp", WRITTEN)}
            for id, row in tasks
            if row.get("SystemModstamp", WRITTEN).replace("+0000", "Z") >= (found[1] or "")
        ]
        records.sort(key=lambda record: record["SystemModstamp"])
        self.asked.append(records)
        return self._records(records, len(self.asked) - 1, 0)

    def _records(self, records: list[dict[str, Any]], asked: int, begin: int) -> Reply:
        """As much of what was asked as fits, and where the rest lies."""
        end = begin + self.page
        answer = {"totalSize": len(records), "done": end >= len(records), "records": records[begin:end]}
        if end < len(records):
            answer["nextRecordsUrl"] = f"/services/data/v62.0/query/01g0x{asked}-{end}"
        return 200, {}, answer


class Organisation:
    """Dataverse: upsert by alternate key, 204 for both; rows without one ("") are people's own."""

    page = 5_000

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.trouble: list[Reply] = []

    def __call__(self, request: Request) -> Reply:
        if request.path == "/tenant/oauth2/v2.0/token":
            scope = parse_qs(request.body.decode()).get("scope", [""])[0]
            return 200, {}, {"access_token": f"for {scope}", "expires_in": 3599, "token_type": "Bearer"}
        if self.trouble:
            return self.trouble.pop(0)
        if request.method == "GET" and request.path.startswith("/api/data/v9.2/sig_recommendations?"):
            return self._read(request)
        found = re.fullmatch(r"/api/data/v9\.2/sig_recommendations\(sig_recommendation='([^']+)'\)", request.path)
        if request.method == "DELETE" and found is not None and self.rows.pop(unquote(found[1]), None):
            return 204, {}, None
        if request.method != "PATCH" or found is None:
            return 404, {}, {"error": {"code": "0x80060888", "message": "Resource not found for the segment"}}
        self.rows.setdefault(unquote(found[1]), {}).update(json.loads(request.body))
        return 204, {"OData-Version": "4.0"}, None

    def _read(self, request: Request) -> Reply:
        asked = parse_qs(request.path.partition("?")[2].replace("+", "%2B"))
        wanted = r"(sig_recommendation ne null and )?sig_outcome ne null(?: and modifiedon ge (\S+))?"
        found = re.fullmatch(wanted, asked["$filter"][0])
        if found is None:
            return 400, {}, {"error": {"code": "0x80060888", "message": "Syntax error in $filter"}}
        rows = [
            {"sig_recommendation": id or None, "sig_outcome": row["sig_outcome"], "modifiedon": row["modifiedon"]}
            for id, row in self.rows.items()
            if "sig_outcome" in row and row["modifiedon"] >= (found[2] or "") and (id or not found[1])
        ]
        rows.sort(key=lambda row: row["modifiedon"])
        preferred = re.fullmatch(r"odata\.maxpagesize=(\d+)", request.headers.get("prefer", ""))
        begin = int(asked.get("$skiptoken", ["0"])[0])
        end = begin + min(self.page, int(preferred[1]) if preferred else 5_000)
        answer = {"@odata.context": "x", "value": rows[begin:end]}
        if end < len(rows):
            path = re.sub(r"&\$skiptoken=\d+", "", request.path)
            answer["@odata.nextLink"] = f"http://{request.headers['host']}{path}&$skiptoken={end}"
        return 200, {}, answer


class Portal:
    """HubSpot: tasks upserted by a unique property, custom events."""

    page = 200

    def __init__(self) -> None:
        self.tasks: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.contacts = {"1001": "51"}
        """HubSpot's number by ours."""
        self.ties: set[tuple[str, str]] = set()
        self.trouble: list[Reply] = []

    def __call__(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer pat-1":
            return 401, {}, {"status": "error", "message": "Authentication credentials not found."}
        if self.trouble:
            return self.trouble.pop(0)
        if found := re.fullmatch(r"/crm/v3/objects/contacts/(\w+)\?idProperty=customer_number", request.path):
            if found[1] not in self.contacts:
                return 404, {}, {"status": "error", "category": "OBJECT_NOT_FOUND"}
            return 200, {}, {"id": self.contacts[found[1]], "properties": {}, "archived": False}
        tie = re.fullmatch(r"/crm/v4/objects/tasks/(\w+)/associations/default/contacts/(\w+)", request.path)
        if request.method == "PUT" and tie is not None:
            self.ties.add((tie[1], tie[2]))
            return 200, {}, {"status": "COMPLETE", "results": []}
        body = json.loads(request.body)
        if request.path == "/events/v3/send":
            self.events.append(body)
            return 204, {}, None
        if request.path == "/crm/v3/objects/tasks/search":
            return self._search(body)
        if request.path != "/crm/v3/objects/tasks/batch/upsert":
            return 404, {}, {"status": "error", "message": "resource not found"}
        for one in body["inputs"]:
            if one["idProperty"] != "recommendation_id":
                return 400, {}, {"status": "error", "category": "VALIDATION_ERROR"}
            self.tasks.setdefault(one["id"], {}).update(one["properties"])
        number = str(90 + list(self.tasks).index(body["inputs"][0]["id"]))
        return 200, {}, {"status": "COMPLETE", "results": [{"id": number, "new": True}]}

    def _search(self, asked: dict[str, Any]) -> Reply:
        filters = {one["propertyName"]: one for one in asked["filterGroups"][0]["filters"]}
        if filters["recommendation_id"]["operator"] != "HAS_PROPERTY" or asked["limit"] > 200:
            return 400, {}, {"status": "error", "category": "VALIDATION_ERROR"}
        since = filters.get("hs_lastmodifieddate", {}).get("value", "")
        tasks = [{"hs_lastmodifieddate": WRITTEN} | task for task in self.tasks.values()]
        found = [{"id": "1", "properties": task} for task in tasks if task["hs_lastmodifieddate"] >= since]
        found.sort(key=lambda result: result["properties"]["hs_lastmodifieddate"])
        begin = int(asked.get("after", "0"))
        end = begin + self.page
        answer = {"total": len(found), "results": found[begin:end]}
        if end < len(found):
            answer["paging"] = {"next": {"after": str(end)}}
        return 200, {}, answer
