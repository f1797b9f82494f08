"""PS-1 on our worker and on the peers, one after the other on one pinned core, each checked against the oracle.

``python -m tests.benchmarks.ps1.side_by_side [--events N] [--customers N] [--mode throughput|latency|crash] ENGINE…``

Needs ``PEERS`` (a built copy of ``../shared/peers``, see its README) and ``PYTHON`` (an interpreter with the peers'
``requirements.txt`` and msgspec). Writes to ``WORKDIR``, by default ``.cache/ps1``.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.bench_worker import pin
from tests.servers.process import free_port
from tests.servers.redis import Redis

ROOT = Path(__file__).resolve().parents[3]
ENGINES = ["signals", "flink", "kstreams", "quix", "bytewax", "faust"]


def main() -> int:
    """Prepare, run each engine, print what they did; 1 when an engine's outputs aren't the oracle's."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("engines", nargs="*", default=ENGINES)
    asked.add_argument("--events", type=int, default=200_000)
    asked.add_argument("--customers", type=int, default=20_000)
    asked.add_argument("--mode", default="throughput", choices=["throughput", "latency", "crash"])
    asked.add_argument("--option", action="append", default=[], help="for the peers' bench, such as --cores=2")
    options = asked.parse_args()
    work = Path(os.environ.get("WORKDIR", ROOT / ".cache" / "ps1")).resolve()
    redis = Redis(work / "redis")
    redis.run()
    pin(redis, 0)  # with the broker, apart from the engine
    environment = os.environ | {
        "WORKDIR": str(work),
        "KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
        "REDIS_URL": redis.url,
        "PYTHONPATH": str(ROOT),
        "SIGNALS": str(Path(sys.executable).with_name("signals")),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # else every start compiles the program anew
    shutil.rmtree(work / "broker", ignore_errors=True)  # a broker remembers the port it was made for
    peers, python = Path(os.environ["PEERS"]), os.environ["PYTHON"]
    broker = subprocess.run(["bash", "broker.sh", "start"], cwd=peers, env=environment, capture_output=True, text=True)
    environment["BROKER_PID"] = broker.stdout.strip()
    name = f"e{options.events}" if options.mode != "latency" else f"l{options.events}"
    load = {} if options.mode != "latency" and options.engines != ["signals"] else {"LOAD": "0"}
    results = work / "results.jsonl"
    begin = len(results.read_text().splitlines()) if results.exists() else 0
    try:
        prepare = ["bash", "prepare.sh", str(options.events), str(options.customers), name]
        subprocess.run(prepare, cwd=peers, env=environment | load, check=True)
        for engine in options.engines:
            bench = [python, "-m", "tests.benchmarks.ps1.bench", options.mode, engine, name, *options.option]
            subprocess.run(bench, cwd=ROOT, env=environment, check=False)
    finally:
        subprocess.run(["bash", "broker.sh", "stop"], cwd=peers, env=environment, check=False)
        redis.stop()
    return told([json.loads(line) for line in results.read_text().splitlines()[begin:]])


def told(runs: list[dict[str, Any]]) -> int:
    """Print the runs side by side, rates and costs also as shares of our own."""
    ours = next((run for run in runs if run["name"] == "signals"), None)
    print(
        f"\n{'engine':10} {'events/s':>9} {'of ours':>8} {'µs CPU':>7} {'p50 ms':>7} {'p99 ms':>7} {'back s':>7}  wrong"
    )
    for run in runs:
        rate, share = run.get("eps_steady") or 0, ""
        if ours and ours.get("eps_steady"):
            share = f"{rate / ours['eps_steady']:.2f}"
        figures = [run.get(figure) for figure in ("cpu_us_per_event", "p50_ms", "p99_ms", "recovery_s")]
        wrong = {kind: run[kind] for kind in ("missing", "extra", "duplicates", "wrong_n")}
        columns = " ".join(f"{'' if figure is None else figure:>7}" for figure in figures)
        print(f"{run['name']:10} {rate:9,} {share:>8} {columns}  {wrong}")
    return int(any(run["missing"] or run["extra"] or run["wrong_n"] for run in runs))


if __name__ == "__main__":
    sys.exit(main())
