"""A pack over another says what is different; all else the other says stands."""

from pathlib import Path

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
