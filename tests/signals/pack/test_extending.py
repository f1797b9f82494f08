"""A pack over another says what is different; all else the other says stands."""

from pathlib import Path

import pytest

from signals.config import Config
from signals.pack.compile import compile_pack
from signals.pack.document import PackError
from signals.pack.header import PackHeader
from signals.pack.load import load_pack

HEADER = "name: mine\nversion: 1.0.0\nabout: Mine.\nextends: insurance-nl\ntimezone: Europe/Amsterdam\n"


def header(folder: Path, *lines: str) -> PackHeader:
    """The header of a pack over the Dutch insurer's."""
    (folder / "pack.yaml").write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    return load_pack(str(folder)).header


def test_products_and_what_they_are_called_are_added(tmp_path: Path) -> None:
    mine = header(tmp_path, "products: {boat: [boot]}", "labels: {boat: {en: boat insurance, nl: bootverzekering}}")
    assert mine.products["boat"] == ["boot"]
    assert "zorg" in mine.products["health"]
    assert mine.labels["boat"].en == "boat insurance"
    assert mine.labels["health"].nl == "zorgverzekering"


def test_a_name_that_both_use_is_the_own_products(tmp_path: Path) -> None:
    mine = header(tmp_path, "products: {motorcycle: [motor]}")
    assert next(product for product, names in mine.products.items() if "motor" in (product, *names)) == "motorcycle"


def test_caps_of_ones_own_leave_the_hours_and_the_opt_in_of_the_telephone(tmp_path: Path) -> None:
    mine = header(
        tmp_path, "policy: {caps: [{class: sales, per: P7D, max: 1}], hours: {app: {mon-sun: '08:00-22:00'}}}"
    )
    assert [cap.max for cap in mine.policy.caps] == [1]
    assert mine.policy.explicit_channels == ["phone"]
    assert set(mine.policy.hours) == {"app", "phone", "video", "whatsapp"}


def test_one_figure_of_value_leaves_the_others(tmp_path: Path) -> None:
    mine = header(tmp_path, "values: {referral: 20}")
    assert (mine.values.referral, mine.values.reach) == (20, 0.002)


def test_what_a_third_pack_says_stands_over_both(tmp_path: Path) -> None:
    below, above = tmp_path / "below", tmp_path / "above"
    below.mkdir()
    above.mkdir()
    header(below, "products: {boat: [boot]}", "values: {referral: 20}")
    (above / "pack.yaml").write_text(HEADER.replace("insurance-nl", "below") + "values: {reach: 1}\n", "utf-8")
    mine = load_pack(str(above)).header
    assert (mine.values.referral, mine.values.reach, mine.values.feedback) == (20, 1, 5)
    assert {"boat", "health"} <= set(mine.products)


def test_a_pack_may_read_with_anothers_words_and_take_nothing_else(tmp_path: Path) -> None:
    own = tmp_path / "lexicon" / "nl"
    own.mkdir(parents=True)
    (tmp_path / "pack.yaml").write_text(HEADER.replace("extends:", "lexicon:"), "utf-8")
    (own.parent / "labels.yaml").write_text("labels: {heat_pump: {family: life_event, context: full}}\n", "utf-8")
    (own / "heat_pump.yaml").write_text("event: heat_pump\nlanguage: nl\nphrases: |\n  warmtepomp => sure\n", "utf-8")
    files = load_pack(str(tmp_path))
    assert (files.triggers, files.seasons, files.header.products) == ({}, {}, {})
    reader = compile_pack(files, Config()).environment.reader
    assert reader is not None
    read = reader.read("we gaan verhuizen en krijgen een warmtepomp", "chat", 1_772_600_000_000)
    assert {"move", "heat_pump"} <= {mention.event for mention in read}


def test_a_pack_over_one_that_reads_no_texts_may_read_with_the_words_of_a_third(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(HEADER.replace("insurance-nl", "retail") + "lexicon: insurance-nl\n", "utf-8")
    files = load_pack(str(tmp_path))
    assert "purchase.basket_abandoned" in files.triggers
    reader = compile_pack(files, Config()).environment.reader
    assert reader is not None
    assert "move" in {mention.event for mention in reader.read("we gaan verhuizen", "chat", 1_772_600_000_000)}


def test_a_changed_word_of_the_pack_it_reads_with_is_another_pack(tmp_path: Path) -> None:
    below, above = tmp_path / "below", tmp_path / "above"
    for folder, named in ((below, "insurance-nl"), (above, "below")):
        folder.mkdir()
        (folder / "pack.yaml").write_text(HEADER.replace("extends: insurance-nl", f"lexicon: {named}"), "utf-8")
    (below / "lexicon").mkdir()
    digest = load_pack(str(above)).digest
    (below / "lexicon" / "names.yaml").write_text("names: {Nieuw: [nieuwverzekerd]}\n", "utf-8")
    assert load_pack(str(above)).digest != digest


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("extends: insurance-nl\nlexicon: insurance-nl\n", "lexicon: leave it out"),
        ("lexicon: nowhere\n", "lexicon: there is no pack 'nowhere'"),
        ("lexicon: ITSELF\n", "lexicon: a pack can't read with the words of itself"),
    ],
)
def test_a_lexicon_that_can_not_be_is_told(tmp_path: Path, lines: str, says: str) -> None:
    lines = lines.replace("ITSELF", str(tmp_path))
    (tmp_path / "pack.yaml").write_text(HEADER.replace("extends: insurance-nl\n", lines), "utf-8")
    with pytest.raises(PackError, match=says):
        load_pack(str(tmp_path))
