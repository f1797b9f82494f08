"""Packages for Node that tests run as they are."""

import os
import shutil
import subprocess
from pathlib import Path

MODULES = Path(__file__).resolve().parents[2] / ".cache" / "node"


def fetch_packages(manifest: Path) -> Path:
    """Install what a ``package.json`` names, once; returns the folder for ``NODE_PATH``."""
    folder = MODULES / manifest.parent.name
    stamp = folder / "package.json"
    if not stamp.exists() or stamp.read_bytes() != manifest.read_bytes() or not (folder / ".done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(manifest, stamp)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        subprocess.run(["npm", "install", *quiet], cwd=folder, check=True)
        (folder / ".done").touch()
    return folder / "node_modules"


def run_script(script: Path, modules: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script with packages; returns when it ended."""
    environment = {**os.environ, "NODE_PATH": str(modules)}
    command = ["node", str(script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
