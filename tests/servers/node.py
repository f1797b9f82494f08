"""Packages for Node that tests run as they are."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

MODULES = Path(__file__).resolve().parents[2] / ".cache" / "node"


def fetch_packages(manifest: Path) -> Path:
    """Install what a ``package.json`` names, once; returns the folder for ``NODE_PATH``."""
    folder = MODULES / manifest.parent.name
    MODULES.mkdir(parents=True, exist_ok=True)
    with (MODULES / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        _install(manifest, folder)
    return folder / "node_modules"


def _install(manifest: Path, folder: Path) -> None:
    stamp = folder / "package.json"
    if stamp.exists() and stamp.read_bytes() == manifest.read_bytes() and (folder / ".done").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(manifest, stamp)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(["npm", "install", *quiet], cwd=folder, check=True)
    (folder / ".done").touch()


def run_script(script: Path, modules: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script with packages; returns when it ended."""
    environment = {**os.environ, "NODE_PATH": str(modules)}
    command = ["node", str(script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
