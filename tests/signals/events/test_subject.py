"""One person, one key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.events.subject import STRENGTH, canonical_subject, kind_of


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("customer:1001", "customer:1001"),
        ("customer: 1001 ", "customer:1001"),
        ("policy:ab-12/C", "policy:ab-12/C"),
        ("email: Jan@X.NL", "email:jan@x.nl"),
        ("email:Jan de Vries <Jan@x.nl>", "email:jan@x.nl"),
        ("email:mailto:jan@x.nl", "email:jan@x.nl"),
        ("email:jan@x.nl.", "email:jan@x.nl"),
        ("email:jan@x.nl..", "email:jan@x.nl"),
        ("email:Jan <MAILTO:mailto:jan@x.nl>", "email:jan@x.nl"),
        ("email:jose\u0301@x.nl", "email:jos\u00e9@x.nl"),
        ("email:\u200bjan\u200b@x.nl\u202c", "email:jan@x.nl"),
        ("phone:\u202a+31 6 12345678\u202c", "phone:+31612345678"),
        ("email:jan@xn--bcher-kva.nl", "email:jan@bücher.nl"),
        ("email:jan@xn--99999999.nl", "email:jan@xn--99999999.nl"),
        ("phone:06-12 34 56 78", "phone:+31612345678"),
        ("phone:0031 6 12345678", "phone:+31612345678"),
        ("phone:+31612345678", "phone:+31612345678"),
        ("phone:+32 470 12 34 56", "phone:+32470123456"),
        ("social:Mastodon/@Jan", "social:mastodon/jan"),
        ("social:x/Jan", "social:x/jan"),
        ("social:x/ @ @@Jan", "social:x/jan"),
        ("social:\ufeffx/jose\u0301", "social:x/jos\u00e9"),
        ("device:aB:c", "device:aB:c"),
        ("market:NL", "market:NL"),
    ],
)
def test_every_way_of_writing_gives_one_key(written: str, canonical: str) -> None:
    assert canonical_subject(written) == canonical
    assert canonical_subject(canonical) == canonical


def test_a_national_number_is_read_as_one_of_the_region() -> None:
    assert canonical_subject("phone:0470 12 34 56", "BE") == "phone:+32470123456"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1001",
        "customer",
        "customer:",
        "customer: ",
        "Customer:1",
        "person:1",
        "email:jan",
        "email:a b@x.nl",
        "email:a@b@c",
        "email:a@..",
        "email:" + "\u0130" * 200 + "@b",
        "phone:bel mij",
        "phone:12",
        "social:jan",
        "social:/jan",
        "social:x/@",
        "device:" + "a" * 257,
        "device:a\nb",
        "device:\ud800",
    ],
)
def test_what_is_no_subject_is_refused_with_a_message(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        canonical_subject(text)


ODD = st.lists(
    st.sampled_from(
        ["mailto:", "<", ">", "@", ".", "/", " ", "a", "É", "e\u0301", "İ", "xn--", "\u200b", ":", "ß", "06"]
    )
).map("".join)
"""Pieces that an address may have, in any order."""


@given(st.sampled_from((*STRENGTH, "market")), st.text() | ODD)
def test_canonical_form_is_a_fixed_point(kind: str, value: str) -> None:
    try:
        subject = canonical_subject(f"{kind}:{value}")
    except ValueError:
        return
    assert canonical_subject(subject) == subject
    assert kind_of(subject) == kind
