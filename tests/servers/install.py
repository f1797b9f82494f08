"""``python -m tests.servers.install``: get what the servers of the tests need; needs nothing but the standard library.

``KAFKA_BOOTSTRAP`` and ``REDIS_URL`` name servers to use instead of our own; what they replace is not installed.
"""

import os
import shutil
import subprocess
import sys

from tests.servers.browser import find_browser
from tests.servers.kafka import fetch_jars


def install() -> None:
    """Install missing Debian packages and fetch Kafka's jars; where it can't, ends with one line on what to install."""
    packages = missing_packages()
    if packages and not (shutil.which("apt-get") and os.geteuid() == 0):
        sys.exit(f"The tests need {', '.join(packages)}: install these, or set KAFKA_BOOTSTRAP, REDIS_URL, CHROMIUM.")
    if packages:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=True, env=quiet)
    if not os.environ.get("KAFKA_BOOTSTRAP"):
        fetch_jars()


def missing_packages() -> list[str]:
    """Names of the Debian packages whose programs aren't here."""
    wanted = {"chromium": find_browser() is not None, "curl": shutil.which("curl") is not None}
    wanted |= {"nodejs": shutil.which("node") is not None, "npm": shutil.which("npm") is not None}
    wanted |= {"prometheus": shutil.which("promtool") is not None}
    wanted |= {"systemd": shutil.which("systemd-analyze") is not None}
    if not os.environ.get("REDIS_URL"):
        wanted["redis-server"] = shutil.which("redis-server") is not None
    if not os.environ.get("KAFKA_BOOTSTRAP"):
        wanted["default-jre-headless"] = shutil.which("java") is not None
        wanted["maven"] = shutil.which("mvn") is not None
    return [package for package, present in wanted.items() if not present]


if __name__ == "__main__":
    install()
