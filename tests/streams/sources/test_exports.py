"""Mailboxes, posts and call records come in with the mapping files that come with us."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from signals.calendar.instant import format_instant
from signals.events.event import Event
from signals.pack.document import Document
from streams.sources.convert import Conversion, convert
from streams.sources.mailbox import LARGEST, mailbox_rows
from streams.sources.mapping import EXPORTS, load_mapping
from streams.sources.quarantine import Quarantined
from tests.streams.sources.test_files import Trickle


def events_of(name: str, content: str | bytes, tmp_path: Path) -> tuple[list[Event], list[Quarantined], Conversion]:
    file = tmp_path / "export"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    seen = Conversion()
    outcomes = list(convert(str(file), load_mapping(Path(name)), 0, seen))
    events = [outcome for outcome in outcomes if isinstance(outcome, Event)]
    return events, [outcome for outcome in outcomes if isinstance(outcome, Quarantined)], seen


QUESTION = b"""\
From jan@x.nl Fri Nov 20 09:00:00 2026
Message-ID: <1@x.nl>
From: Jan de Vries <Jan@X.NL>
To: Service <service@example.nl>
Date: Fri, 20 Nov 2026 09:00:00 +0100
Subject: =?utf-8?q?Vraag_over_mijn_claim_=E2=82=AC?=
Content-Type: text/plain; charset=iso-8859-1

Waar blijft mijn geld? Ik ga het be\xebindigen.

>From nu af bel ik elke dag.
> eerder geciteerd
--
Jan

"""
ANSWER = b"""\
From service@example.nl Fri Nov 20 10:00:00 2026
Message-ID: <2@example.nl>
References: <1@x.nl>
From: service@example.nl
To: jan@x.nl
Date: Fri, 20 Nov 2026 10:00:00 +0100
Subject: Re: Vraag

Morgen.

"""
AWAY = b"""\
From jan@x.nl Fri Nov 20 10:00:01 2026
Message-ID: <3@x.nl>
In-Reply-To: <2@example.nl>
From: jan@x.nl
To: service@example.nl
Date: Fri, 20 Nov 2026 10:00:01 +0100
Auto-Submitted: auto-replied

Ik ben er niet.

"""
HTML = b"""\
From jan@x.nl Fri Nov 20 11:00:00 2026
From: jan@x.nl
To: service@example.nl
Date: Fri, 20 Nov 2026 10:00:00 -0000
Subject: Dank
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset="klingon"

<title>Reactie</title><style>p {}</style><p>Dank &amp; groet</p><p>We gaan <b>verhuizen</b></p>
<blockquote>Morgen.</blockquote><p>Op vr 20 nov 2026 om 10:00 schreef service:</p><p>Morgen.</p>
--b
Content-Type: application/pdf
Content-Transfer-Encoding: base64

AAAA
--b--

"""


def test_a_mailbox_becomes_contacts_by_mail(tmp_path: Path) -> None:
    events, quarantined, seen = events_of("mailbox", QUESTION + ANSWER + AWAY + HTML, tmp_path)
    assert (quarantined, seen.left_out) == ([], 1)
    assert [(event.type, event.subject, event.data["case"]) for event in events] == [
        ("contact.received", "email:jan@x.nl", "1@x.nl"),
        ("contact.made", "email:jan@x.nl", "1@x.nl"),
        ("contact.received", "email:jan@x.nl", events[2].id),
    ]
    assert events[0].data["text"] == "Waar blijft mijn geld? Ik ga het beëindigen.\n\nFrom nu af bel ik elke dag."
    assert events[0].data["topic"] == "Vraag over mijn claim €"
    assert events[2].data["text"] == "Dank & groet\nWe gaan verhuizen"
    assert [format_instant(event.time) for event in events] == [
        "2026-11-20T08:00:00Z",
        "2026-11-20T09:00:00Z",
        "2026-11-20T10:00:00Z",
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason", "field"),
    [
        (b"Date: Fri, 20 Nov 2026 09:00:00 +0100", b"Date: gisteren", "BAD_ROW", None),
        (b"Date: Fri, 20 Nov 2026 09:00:00 +0100", b"X: y", "MISSING_FIELD", "time"),
        (b"Jan@X.NL", b"", "MISSING_FIELD", "subject"),
        (b"Jan de Vries <Jan@X.NL>", b"Jan", "BAD_SUBJECT", "subject"),
        (b"\n\nWaar", b"\n\n" + b"x\n" * (LARGEST // 2 + 1), "TOO_LARGE", None),
    ],
)
def test_a_message_that_is_no_contact_is_quarantined_and_the_next_goes_on(
    old: bytes, new: bytes, reason: str, field: str | None, tmp_path: Path
) -> None:
    events, [quarantined], _ = events_of("mailbox", QUESTION.replace(old, new, 1) + ANSWER, tmp_path)
    assert len(events) == 1
    assert (quarantined.rejected.reason, quarantined.rejected.field) == (reason, field)


@given(st.binary(), st.sampled_from([b"Content-Type: ", b"From: ", b"Date: ", b"References: ", b"\n"]))
def test_no_mailbox_makes_it_raise(content: bytes, header: bytes) -> None:
    list(mailbox_rows(Trickle(QUESTION + b"From \n" + header + content)))


POST: dict[str, Any] = {
    "id": "109",
    "network": "Mastodon",
    "author": {"handle": "@Jan"},
    "text": "@verzekeraar al drie weken niets gehoord",
    "published": "2026-11-20T09:00:00+01:00",
    "mentions": ["@verzekeraar"],
    "in_reply_to": None,
    "reach": 250,
    "visibility": "public",
    "ticket": "C-17",
}


def test_an_export_of_posts_becomes_social_posts(tmp_path: Path) -> None:
    private = POST | {"id": "110", "visibility": "direct", "in_reply_to": "109"}
    events, quarantined, _ = events_of("mentions", f"{json.dumps(POST)}\n{json.dumps(private)}\n", tmp_path)
    assert quarantined == []
    assert (events[0].subject, events[0].source) == ("social:mastodon/jan", "/social/Mastodon")
    assert events[0].data == {
        "network": "Mastodon",
        "text": POST["text"],
        "author": "@Jan",
        "mentions": ["@verzekeraar"],
        "reach": 250,
        "public": True,
        "case": "C-17",
    }
    assert (events[1].data["public"], events[1].data["reply_to"]) == (False, "109")


CALLS = """\
call_id,started,direction,caller,callee,queue,agent,result,case
1,2026-11-20 09:00:12,in,0612345678,0307654321,claims,jansen,callback,C-17
2,2026-11-20 09:10:00,in,0612345678,0307654321,claims,,abandoned,
3,2026-11-20 10:00:00,out,0307654321,06 12345678,claims,jansen,resolved,C-17
4,2026-11-20 10:30:00,out,0307654321,0612345678,claims,jansen,unanswered,C-17
5,2026-11-20 11:00:00,in,anonymous,0307654321,claims,jansen,resolved,
"""


def test_call_records_become_contacts_by_phone(tmp_path: Path) -> None:
    events, [anonymous], seen = events_of("calls", CALLS, tmp_path)
    assert [(event.id, event.type, event.data.get("resolved")) for event in events] == [
        ("1", "contact.received", False),
        ("2", "contact.received", False),
        ("3", "contact.made", None),
    ]
    assert {event.subject for event in events} == {"phone:+31612345678"}
    assert seen.left_out == 1
    assert (anonymous.rejected.reason, anonymous.place.line) == ("BAD_SUBJECT", 6)


def test_an_editor_can_check_a_mapping_by_its_schema() -> None:
    command = [sys.executable, "-m", "streams.cli", "schema", "mapping"]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    validator = Draft202012Validator(json.loads(printed))
    mappings = [*EXPORTS.glob("*.yaml"), *(Path(__file__).parents[2] / "realdata").glob("*.yaml")]
    assert len(mappings) == 5
    for mapping in mappings:
        validator.validate(Document(mapping).content)
    assert not validator.is_valid({"events": [{"typ": "web.viewed"}]})


@pytest.mark.parametrize("open_tag", ["<a ", "<!--", "<a b='", "<![CDATA[", "</a ", "<script>", "<blockquote>", "<"])
def test_markup_that_is_never_closed_keeps_nobody_busy(open_tag: str, tmp_path: Path) -> None:
    head, body = (
        b"From x\nFrom: jan@x.nl\nDate: Fri, 20 Nov 2026 09:00:00 +0100\nContent-Type: text/html\n\n",
        b"<p>Hallo",
    )
    events, refused, _ = events_of("mailbox", head + body + open_tag.encode() * 100_000, tmp_path)
    assert not refused
    assert events[0].data["text"].startswith("Hallo")


def test_the_text_of_markup_is_what_is_shown_and_written(tmp_path: Path) -> None:
    head = b"From x\nFrom: jan@x.nl\nDate: Fri, 20 Nov 2026 09:00:00 +0100\nContent-Type: text/html\n\n"
    body = b"<!doctype html><TITLE>t</TITLE><style>a > b</style><a title='2 > 1'>1 &lt; 2</a><!-- <p> --><br/>ja"
    events, _, _ = events_of(
        "mailbox", head + body + b"<blockquote>q<blockquote>r</blockquote></blockquote> ook", tmp_path
    )
    assert events[0].data["text"] == "1 < 2\nja ook"
