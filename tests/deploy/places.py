"""Where things are."""

from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
README = DEPLOY / "README.md"
MANIFESTS = sorted(DEPLOY.glob("kubernetes/*.yaml"))
UNITS = sorted(DEPLOY.glob("systemd/*.service"))


def written() -> list[Path]:
    """All text files that people wrote."""
    return [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.suffix not in (".lock", ".png")]
