"""The story, told through what people and systems have: a Segment SDK, a browser, HTTP, and their own receivers."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx2 as httpx
from playwright.sync_api import Browser, Page, expect
from segment.analytics import Client
from standardwebhooks.webhooks import Webhook as Verifier

from tests.endtoend.stage import COMPARING, CUSTOMER, DEVICE, NUMBER, OPENING, Stage, utc
from tests.servers.fixtures import PATIENCE
from tests.servers.waiting import until
from tests.streams.api.test_segment import CLIENTS
from tests.streams.sinks.test_webhook import SECRET

OTHER = "7002"
Record = dict[str, Any]


class Story:
    """Its chapters, in order, against the API at ``url``."""

    def __init__(self, stage: Stage, url: str) -> None:
        self.stage = stage
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=60)

    def from_the_opening_on(self, browser: Browser) -> None:
        """The rest of the story, alike wherever it is played."""
        self.the_device_is_linked()
        self.every_client_is_understood()
        self.the_season_opens()
        self.the_same_device_compares()
        id = self.a_candidate_passes_the_gates()["id"]
        self.the_site_may_show_it_to_this_visitor(id)
        self.an_adviser_sees_takes_and_tells(browser, id)
        self.the_outcome_comes_back(id)
        self.the_site_has_nothing_to_show_any_more()
        self.the_webhook_received_each_change_once(id)
        self.salesforce_holds_one_task_that_is_completed(id)
        self.the_crm_tells_of_another()
        self.the_funnel_adds_up(browser)

    def is_served(self) -> None:
        """Wait until the API answers."""

        def answers() -> bool:
            try:
                return self._client.get("/ready").status_code == 200
            except httpx.TransportError:
                return False

        until(answers, "the API is ready")

    def the_books_are_read(self, facts: list[Record]) -> None:
        """What is known of the customer comes in as CloudEvents."""
        asked = self._client.post("/v1/events", json=facts, headers=self._key("books"))
        assert [receipt["status"] for receipt in asked.json()] == ["accepted"] * len(facts)

    def somebody_browses_and_signs_in(self, moment: datetime | None = None) -> None:
        """A device looks around, and turns out to be the customer's; ``moment``: when, if not now."""
        sdk = self._sdk()
        at = None if moment is None else utc(moment)
        sdk.page(anonymous_id=DEVICE, name="Zorg", properties={"url": "https://www.example.nl/zorg"}, timestamp=at)
        sdk.identify(user_id=NUMBER, anonymous_id=DEVICE, timestamp=at)
        _sent(sdk)

    def the_device_is_linked(self) -> None:
        """Asked for by the device, the customer is found, with the device's visits in their journey."""

        def linked() -> bool:
            found = self._get(f"/v1/customers/device:{DEVICE}")
            journey = [touch["type"] for touch in found.get("journey", [])]
            return found.get("customer") == CUSTOMER and "web.viewed" in journey

        until(linked, "the device's row became the customer's")

    def every_client_is_understood(self) -> None:
        """All four real clients post a session of somebody else, who has all of it in their journey, once."""
        ends = [(send, self.url, self.stage.secrets["site"], OTHER) for send in CLIENTS.values()]
        with ThreadPoolExecutor(len(ends)) as pool:
            assert [done.returncode for done in pool.map(lambda end: end[0](*end[1:]), ends)] == [0] * len(ends)

        def seen() -> bool:
            found = self._get(f"/v1/customers/device:a-{OTHER}")
            counts = Counter(touch["type"] for touch in found.get("journey", []))
            whole = (counts["web.viewed"], counts["form.changed"]) == (len(ends), len(ends))
            return whole and found["customer"] == f"customer:{OTHER}" and list(found["communities"]) == ["jonge-ouders"]

        until(seen, "all four sessions came")

    def the_season_opens(self) -> None:
        """The calendar's moment is seen, for the customer who holds the product."""
        until(lambda: self._triggers().get(OPENING) == 1, "the opening fired once")

    def the_same_device_compares(self) -> None:
        """The device comes back and looks at comparing, twice."""
        sdk = self._sdk()
        for page in ("vergelijken", "overstappen"):
            sdk.page(anonymous_id=DEVICE, properties={"url": f"https://www.example.nl/zorg/{page}"})
        _sent(sdk)

    def a_candidate_passes_the_gates(self) -> Record:
        """Its recommendation."""

        def found() -> list[Record]:
            items: list[Record] = self._get(f"/v1/recommendations?customer={CUSTOMER}&trigger={COMPARING}")["items"]
            return items

        until(lambda: len(found()) == 1, "comparing was recommended")
        (record,) = found()
        assert (record["status"], record["reason"], record["channel"]) == ("released", "RELEASED", "email")
        assert {gate["verdict"] for gate in record["gates"]} == {"pass"}
        return record

    def the_site_may_show_it_to_this_visitor(self, id: str) -> None:
        """Asked by the device with the site's own key; that it was shown is told by the SDK."""
        until(lambda: (self._decision() or {}).get("recommendation") == id, "the site may show it")
        sdk = self._sdk()
        sdk.track(anonymous_id=DEVICE, event="Recommendation Shown", properties={"recommendation": id})
        _sent(sdk)

    def the_site_has_nothing_to_show_any_more(self) -> None:
        """What was answered is not shown again."""
        until(lambda: (self._decision() or {}).get("trigger") != COMPARING, "the site stops showing it")

    def an_adviser_sees_takes_and_tells(self, browser: Browser, id: str) -> None:
        """On the page: what waits, taken into my queue, said, and what came of it."""
        page = self._page(browser, "jan", "/queue?by=jan&desk=advisers")
        expect(page.locator(".rows li")).to_contain_text(["comparing"])
        page.locator(".rows li").filter(has_text="comparing insurers").get_by_role("button").click()
        card = page.locator("article")
        expect(card).to_contain_text("comparing insurers")
        assert card.get_by_role("link").first.get_attribute("href") == f"/recommendations/{id}"
        card.get_by_label("Note").fill("stays with us")
        card.get_by_role("button", name="Glad with it").click()
        expect(page.get_by_text("Noted: thank you.")).to_be_visible()
        page.context.close()

    def the_outcome_comes_back(self, id: str) -> None:
        """It ends the recommendation, for everybody who asks."""
        until(lambda: self._get(f"/v1/recommendations/{id}")["status"] == "done", "the outcome reached the engine")
        assert self._get(f"/v1/recommendations/{id}")["work"]["outcome"] == "accepted"

    def the_webhook_received_each_change_once(self, id: str) -> None:
        """Signed, in order: released, then done."""

        def messages() -> list[Record]:
            bodies = [Verifier(SECRET).verify(one.body, one.headers)["data"] for one in self.stage.hook.requests]
            return [data for data in bodies if data["id"] == id]

        until(lambda: len(messages()) >= 2, "the webhook heard of both changes")
        assert [data["status"] for data in messages()] == ["released", "done"]
        sent = [one.headers["webhook-id"] for one in self.stage.hook.requests]
        assert len(sent) == len(set(sent))

    def salesforce_holds_one_task_that_is_completed(self, id: str) -> None:
        """Written once as it was released, and once as it was done."""
        task = ("Task", id)
        until(lambda: self.stage.org.rows.get(task, {}).get("Status") == "Completed", "the task was completed")
        writes = [json.loads(one.body) for one in self.stage.salesforce.requests if one.path.endswith(id)]
        assert [row["Status"] for row in writes] == ["Not Started", "Completed"]
        assert self.stage.org.rows[task]["What"]["Customer_Number__c"] == NUMBER

    def the_crm_tells_of_another(self) -> None:
        """The CRM closes the task of the opening and says so, twice over; it counts once."""
        (record,) = self._get(f"/v1/recommendations?customer={CUSTOMER}&trigger={OPENING}")["items"]
        headers = self._key("crm") | {"Idempotency-Key": "00T000000000001AAA"}
        for _ in range(2):
            told = self._client.post(
                f"/v1/recommendations/{record['id']}/outcome", json={"outcome": "contacted"}, headers=headers
            )
            assert told.status_code == 200, told.text
        until(lambda: self._get(f"/v1/recommendations/{record['id']}")["status"] == "done", "the CRM's word arrived")

    def the_funnel_adds_up(self, browser: Browser) -> None:
        """On the operations page: two candidates, each with one reason, the check is green, and deliveries are told."""
        until(lambda: bool(self._get("/v1/operations").get("delivery")), "how deliveries go is told")
        assert self._get("/v1/funnel")["conserved"]
        assert self._triggers() == {OPENING: 1, COMPARING: 1}
        page = self._page(browser, "ops", "/")
        figures = [int(text) for text in page.locator(".figures dd").all_inner_texts()[:4]]
        assert figures == [2, 2, 0, 0]
        expect(page.locator("#conservation.good")).to_contain_text("Adds up")
        expect(page.locator("#delivery")).to_contain_text("portal")
        page.context.close()

    def _decision(self) -> Record | None:
        """What the site may show on this device."""
        asked = {"writeKey": self.stage.secrets["site"], "anonymousId": DEVICE}
        told = self._client.post("/v1/web/decision", json=asked)
        assert told.status_code == 200, told.text
        show: Record | None = told.json()["show"]
        return show

    def _sdk(self) -> Client:
        return Client(self.stage.secrets["site"], host=self.url, on_error=_fail)

    def _page(self, browser: Browser, name: str, path: str) -> Page:
        login = {"username": name, "password": self.stage.secrets[name]}
        page = browser.new_context(base_url=self.url, locale="en-GB", http_credentials=login).new_page()
        page.goto(path, timeout=PATIENCE)
        return page

    def _triggers(self) -> dict[str, int]:
        """The candidates of each trigger."""
        found: dict[str, int] = self._get("/v1/funnel").get("triggers", {})
        return found

    def _get(self, path: str) -> Record:
        """An answer; an empty one when there is none yet."""
        answer = self._client.get(path, headers=self._key("ops"))
        found: Record = answer.json() if answer.status_code == 200 else {}
        return found

    def _key(self, name: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stage.secrets[name]}"}


def _sent(sdk: Client) -> None:
    sdk.flush()
    sdk.shutdown()


def _fail(error: Exception, _: object) -> None:
    raise AssertionError(f"the SDK could not send: {error}")
