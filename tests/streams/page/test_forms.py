"""What is posted to the pages without a page: what is too much is not taken, and nothing is lost unnoticed."""

import httpx2 as httpx
import pytest

from tests.streams.api.serving import Desktop

LONG = "x" * 3_000


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/queue/rec_00900/outcome", {"outcome": "accepted", "note": LONG}),
        ("/queue/rec_00900/outcome", {"outcome": "accepted", "by": LONG}),
        ("/queue/rec_00900/outcome", {"outcome": "shown"}),
        ("/queue/rec_00900/outcome", {}),
        ("/queue/rec_00900/snooze", {"days": "1", "by": LONG}),
        ("/recommendations/rec_00900/overrule", {"direction": "stop", "note": LONG}),
        ("/recommendations/rec_00900/overrule", {"direction": "stop", "note": "for a test", "by": LONG}),
        ("/recommendations/rec_00900/overrule", {"direction": "elsewhere", "note": "for a test"}),
        ("/recommendations/rec_00900/overrule", {"note": "for a test"}),
        ("/controls/set", {"kind": "stop", "name": "phone", "why": "for a test", "until": "9999-12-31T23:59"}),
        ("/controls/set", {"kind": "stop", "name": "phone", "why": "for a test", "until": "soon"}),
        ("/controls/set", {"kind": "cap", "name": "sales/P1D", "why": "for a test", "value": "nan"}),
        ("/controls/lift", {"kind": "stop", "why": "for a test"}),
    ],
)
def test_what_a_page_would_not_let_through_is_told_and_changes_nothing(
    url: str, node: Desktop, path: str, form: dict[str, str]
) -> None:
    before = node.queue.get("rec_00900")
    reply = httpx.post(f"{url}{path}", data=form, follow_redirects=False)
    assert (reply.status_code, "failed=INVALID" in reply.headers["location"]) == (303, True)
    assert (node.events, node.controls(), node.ledger.entries()) == ([], [], [])
    assert node.queue.get("rec_00900") == before


@pytest.mark.parametrize("path", ["/queue/claim", "/controls/set", "/me/token/off"])
def test_a_form_of_endless_fields_is_refused(url: str, path: str) -> None:
    reply = httpx.post(f"{url}{path}", data={f"f{number}": "1" for number in range(60)})
    assert (reply.status_code, reply.json()["code"]) == (400, "BAD_FORM")
