"""``signals mentions`` and ``signals learn mentions`` as people run them."""

import gzip
import json
from pathlib import Path

from typer.testing import CliRunner

from streams.cli import app

runner = CliRunner()


def test_each_text_gets_one_line_with_its_mentions(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    lines = [
        {"id": "a", "text": "We gaan verhuizen", "lang": "nl", "channel": "chat"},
        {"id": "b", "text": "goedemiddag"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = runner.invoke(app, ["mentions", str(file)])
    first, second = map(json.loads, result.stdout.splitlines())
    assert result.exit_code == 0
    assert (first["id"], first["lang"]) == ("a", "nl")
    [mention] = first["mentions"]
    assert {key: mention[key] for key in ("event", "subject", "polarity", "time", "span")} == {
        "event": "move",
        "subject": "self",
        "polarity": "affirmed",
        "time": "future",
        "span": [0, 17],
    }
    assert second == {"id": "b", "lang": None, "mentions": []}


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    result = runner.invoke(app, ["mentions", "-"], input='{"id": "a"}\n{"id": "b", "text": "ik ben zwanger"}\n')
    assert result.exit_code == 1
    assert "-:1: " in result.stderr
    assert json.loads(result.stdout)["mentions"][0]["event"] == "birth"


def test_a_missing_file_is_status_two() -> None:
    assert runner.invoke(app, ["mentions", "/no/such/file"]).exit_code == 2


def test_a_pack_reads_with_the_lexicon_of_the_one_it_extends(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(
        "name: own\nversion: 1.0.0\nabout: Ours.\nextends: insurance-nl\n", encoding="utf-8"
    )
    line = '{"id": "b", "text": "ik ben zwanger"}\n'
    result = runner.invoke(app, ["mentions", "-", "--pack", str(tmp_path)], input=line)
    assert json.loads(result.stdout)["mentions"][0]["event"] == "birth"


def test_an_extending_pack_adds_phrasings_masks_events_and_competitors(tmp_path: Path) -> None:
    files = {
        "pack.yaml": "name: own\nversion: 1.0.0\nabout: Ours.\nextends: insurance-nl\n",
        "lexicon/labels.yaml": "labels: {boat: {family: life_event, context: full}}\n",
        "lexicon/names.yaml": "names: {Bootjan: [bootjan]}\n",
        "lexicon/nl/boat.yaml": "event: boat\nlanguage: nl\nphrases: |\n  {ik} ... boot gekocht => sure\n",
        "lexicon/nl/move.yaml": "event: move\nlanguage: nl\nmasks: |\n  verhuizen naar de cloud\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    texts = [
        "we hebben een boot gekocht",
        "we verhuizen naar de cloud",
        "we verhuizen naar Zwolle",
        "bootjan is goedkoper",
    ]
    lines = [json.dumps({"id": text, "text": text, "channel": "chat"}) for text in texts]
    result = runner.invoke(app, ["mentions", "-", "--pack", str(tmp_path)], input="\n".join(lines))
    read = [{mention["event"] for mention in json.loads(line)["mentions"]} for line in result.stdout.splitlines()]
    assert ("boat" in read[0], "move" in read[1], "move" in read[2]) == (True, False, True)
    assert "competitor_mention" in read[3]


def test_files_as_windows_and_archives_write_them_are_read(tmp_path: Path) -> None:
    plain, packed = tmp_path / "texts.jsonl", tmp_path / "texts.jsonl.gz"
    plain.write_bytes(b'\xef\xbb\xbf{"id": "a", "text": "ik ben zwanger"}\r\n')
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for file in (plain, packed):
        result = runner.invoke(app, ["mentions", str(file)])
        assert (result.exit_code, json.loads(result.stdout)["mentions"][0]["event"]) == (0, "birth")


def test_a_time_zone_that_does_not_exist_is_told() -> None:
    result = runner.invoke(app, ["mentions", "-", "--timezone", "Mars/Base"], input="")
    assert (result.exit_code, "'Mars/Base'" in result.stderr) == (2, True)


def test_what_is_no_pack_or_has_no_lexicon_is_told() -> None:
    no_pack = runner.invoke(app, ["mentions", "-", "--pack", "insurance-nll"], input="")
    assert (no_pack.exit_code, "there is no pack 'insurance-nll'" in no_pack.stderr) == (2, True)
    silent = runner.invoke(app, ["mentions", "-", "--pack", "retail"], input="")
    assert (silent.exit_code, "'retail'" in silent.stderr) == (2, True)


def test_learning_writes_weights_that_reading_accepts(tmp_path: Path) -> None:
    file, weights = tmp_path / "labelled.jsonl", tmp_path / "weights"
    lines = [{"text": f"vraag {number}", "labels": []} for number in range(30)]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert runner.invoke(app, ["learn", "mentions", str(file), "--out", str(weights)]).exit_code == 0
    read = runner.invoke(app, ["mentions", "-", "--weights", str(weights)], input='{"id": 1, "text": "hallo"}\n')
    assert read.exit_code == 0


def test_labelled_texts_that_teach_nothing_are_told_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text(
        '{"text": "wij gaan varen", "labels": [{"event": "boot"}]}\nhallo\n'
        '{"text": "toch niet", "labels": [{"event": "move", "polarity": "no"}]}\n',
        encoding="utf-8",
    )
    result = runner.invoke(app, ["learn", "mentions", str(file), "--out", str(tmp_path / "weights")])
    told = [line.removeprefix(f"{file}:")[:2] for line in result.stderr.splitlines()]
    assert (result.exit_code, told) == (2, ["1:", "2:", "3:"])
    assert "no label 'boot'" in result.stderr
    file.write_text("\n", encoding="utf-8")
    empty = runner.invoke(app, ["learn", "mentions", str(file), "--out", str(tmp_path / "weights")])
    assert (empty.exit_code, empty.stderr) == (2, f"{file}: holds no text to learn from\n")
    assert not (tmp_path / "weights").exists()
