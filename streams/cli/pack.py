"""``signals pack``: check, show and test a pack, and see on stored events what another version of it would change."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from streams.cli.configured import configured
from streams.cli.refusal import refuse

if TYPE_CHECKING:
    from signals.pack.load import PackFiles
    from streams.replay.difference import Difference

app = typer.Typer(no_args_is_help=True, help="Check, show, test and compare packs of triggers.")

Name = Annotated[str, typer.Argument(help="the pack: its name or its folder")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]
ConfigFile = Annotated[Path | None, typer.Option(help="the configuration file (YAML)")]
_BUILT_IN = "insurance-nl"


@app.command()
def check(pack: Name = _BUILT_IN, as_json: Json = False) -> None:
    """Read a pack as the engine would, and name everything to mend with file, line and field.

    Exit status: 0 it can be used, 1 it can't, 2 there is no such pack.
    """
    from signals.config import Config
    from signals.pack.compile import compile_pack
    from signals.pack.document import PackError
    from signals.pack.load import load_pack, pack_folder
    from streams.sources.tracking import tracking_in

    _require(pack)
    problems: list[str] = []
    about: dict[str, Any] = {}
    try:
        files = load_pack(pack)
        compile_pack(files, Config(pack=pack))
        about = _about(files)
    except PackError as error:
        problems += error.problems
    try:
        tracking_in(pack_folder(pack))
    except PackError as error:
        problems += error.problems
    if as_json:
        _print({"usable": not problems, **about, "problems": problems})
    elif problems:
        typer.echo("\n".join(problems), err=True)
    else:
        typer.echo(f"{about['name']} {about['version']} ({about['digest']}): {about['triggers']} triggers, all well")
    raise typer.Exit(1 if problems else 0)


@app.command()
def show(
    pack: Name = _BUILT_IN,
    trigger: Annotated[str | None, typer.Argument(help="one trigger in full")] = None,
    as_json: Json = False,
) -> None:
    """Print a pack's triggers, or one of them in full.

    Exit status: 0 printed, 1 the pack has no such trigger, 2 the pack can't be used.
    """
    files = _loaded(pack)
    if trigger is not None and trigger not in files.triggers:
        typer.echo(f"{files.header.name} has no trigger {trigger}; `signals pack show` lists them", err=True)
        raise typer.Exit(1)
    names = [trigger] if trigger is not None else sorted(files.triggers)
    rows = [_row(name, files, full=trigger is not None) for name in names]
    if as_json:
        _print(rows[0] if trigger is not None else {**_about(files), "triggers": rows})
    elif trigger is not None:
        typer.echo(msgspec.json.format(msgspec.json.encode(rows[0]), indent=2).decode())
    else:
        _table(f"{files.header.name} {files.header.version}", ["trigger", "kind", "class", "channels", "desk"], rows)


@app.command("test")
def run_tests(pack: Name = _BUILT_IN, config: ConfigFile = None, as_json: Json = False) -> None:
    """Run a pack's own tests: short histories, and what must fire, nothing more and nothing less; what texts say.

    Exit status: 0 all pass, 1 some fail, 2 the pack or the configuration can't be used.
    """
    from signals.pack.document import PackError
    from signals.pack.testing import run_pack_tests

    try:
        results = list(run_pack_tests(_loaded(pack), configured(config, pack)))
    except PackError as error:
        refuse(error)
    failed = [result for result in results if result.problem]
    if as_json:
        _print({"tests": len(results), "failed": [msgspec.to_builtins(result) for result in failed]})
    else:
        for result in failed:
            typer.echo(f"{result.place}: {result.trigger}: {result.name}: {result.problem}")
        typer.echo(f"{len(results)} tests, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="the pack as it is: its name or its folder")],
    new: Annotated[str, typer.Argument(help="the pack as it would be")],
    events: Annotated[list[str], typer.Option(help="files of events to compare them on")],
    config: ConfigFile = None,
    until: Annotated[str | None, typer.Option(help="move event time on to then, so that timers fire")] = None,
    as_json: Json = False,
) -> None:
    """Run both packs over the same events: what fires newly, at another moment, or no longer; the same every time.

    Exit status: 0 compared, 2 a pack, the configuration or a file can't be used.
    """
    from signals.calendar.instant import parse_instant
    from signals.pack.document import PackError
    from streams.replay import Options, replay
    from streams.replay.difference import difference
    from streams.sources.files import SourceError, require_rereadable

    try:
        require_rereadable(events)
        moment = parse_instant(until) if until else None
        both = [configured(config, pack) for pack in (old, new)]
        found = difference(*(replay(Options(tuple(events), one, until=moment, processes=1)) for one in both))
    except (PackError, SourceError, OSError, ValueError) as error:
        refuse(error)
    if as_json:
        _print(msgspec.to_builtins(found, str_keys=True))
    else:
        _show_difference(found)


@app.command()
def propose(
    folder: Annotated[Path, typer.Argument(help="the folder of the changed pack")],
    why: Annotated[str, typer.Option(help="what the change is for")],
    url: Annotated[str, typer.Option(help="the API of a running node")] = "http://127.0.0.1:8080",
    by: Annotated[str | None, typer.Option(help="your name, for an API without keys")] = None,
    as_json: Json = False,
) -> None:
    """Propose a changed pack to a running node: it tries it on its recent events, and another person approves it.

    The environment variable SIGNALS_API_KEY holds the key.

    Exit status: 0 proposed, 2 there is no such pack, or the node refused it (the message says why).
    """
    from signals.pack.document import PackError
    from signals.pack.load import pack_folder
    from streams.cli.told import tell
    from streams.steering.packs import pack_texts

    try:
        files = pack_texts(pack_folder(str(folder)))
    except PackError as error:
        refuse(error)
    wish = {"asked": "pack", "why": why, "files": files} | ({"by": by} if by else {})
    proposal = tell(url, "/v1/proposals/propose", wish)
    if as_json:
        _print(proposal)
    else:
        counts = proposal["pack"]["difference"]["triggers"].values()
        told = "  ".join(f"{name} {sum(count[name] for count in counts)}" for name in ("fired", "moved", "lost"))
        typer.echo(
            f"proposed {proposal['pack']['name']} {proposal['pack']['version']}: {told}; another person approves"
        )


def _show_difference(found: "Difference") -> None:
    from streams.cli.backtest import show

    show(found)
    for change in found.changes:
        typer.echo(f"{change.change} {change.trigger} {change.customer} {change.old or '-'} → {change.new or '-'}")


def _loaded(pack: str) -> "PackFiles":
    from signals.pack.document import PackError
    from signals.pack.load import load_pack

    try:
        return load_pack(pack)
    except PackError as error:
        refuse(error)


def _require(pack: str) -> None:
    from signals.pack.document import PackError
    from signals.pack.load import pack_folder

    try:
        pack_folder(pack)
    except PackError as error:
        refuse(error)


def _about(files: "PackFiles") -> dict[str, Any]:
    header = files.header
    return {
        "name": header.name,
        "version": header.version,
        "digest": files.digest,
        "triggers": len(files.triggers),
        "calendars": sorted(files.seasons),
    }


def _row(name: str, files: "PackFiles", full: bool) -> dict[str, Any]:
    trigger = files.triggers[name]
    if full:
        return {"trigger": name, **trigger.model_dump(mode="json", by_alias=True, exclude_none=True)}
    play = trigger.play
    return {
        "trigger": name,
        "kind": trigger.kind,
        "class": trigger.class_,
        "channels": ", ".join(play.channels),
        "desk": play.desk,
    }


def _table(title: str, headings: list[str], rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from streams.cli.console import open_console

    table = Table(*headings, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(str(row[heading]) for heading in headings))
    open_console().print(table)


def _print(record: Any) -> None:
    typer.echo(msgspec.json.encode(record).decode())
