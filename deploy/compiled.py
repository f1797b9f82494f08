"""A build hook that compiles the domain: the same Python, as machine code, for those who run it day and night.

Off by default, as it needs a C compiler and takes minutes; ``HATCH_BUILD_HOOK_ENABLE_CUSTOM=true`` switches it on for
``pip wheel .``. The wheel then holds the interpreted modules too, and works the same but for its speed.
``MYPYC_OPT_LEVEL=0`` builds quicker what runs slower.
"""

import os
import re
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("calendar", "customer", "decision", "events", "pack", "recommendation", "text", "triggers")
INTERPRETED = {
    "signals/customer/state.py": "msgspec reads rows by its annotations",
    "signals/decision/capacity.py": "msgspec reads desks by its annotations",
    "signals/decision/controls.py": "msgspec reads controls by its annotations",
    "signals/decision/learning.py": "msgspec reads lessons by its annotations",
    "signals/events/event.py": "msgspec reads forwarded events by its annotations",
    "signals/recommendation/visit.py": "msgspec reads a worker's answer by its annotations",
    "signals/text/learned.py": "msgspec reads weights by its annotations",
    "signals/text/automaton.py": "the automaton's library calls back with pointers",
    "signals/pack/testing.py": "only runs when a pack is checked",
}
"""Modules that stay as they are, and why; so do those that declare models of pydantic, which needs their classes."""


class Compiled(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the compiled modules to a wheel, which is then for one version of Python and one kind of machine."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile with mypyc; what it makes goes to the wheel, beside the sources."""
        from mypyc.build import mypycify
        from setuptools import Distribution

        made = self._place / "modules"
        extensions = mypycify(
            modules(Path(self.root)),
            opt_level=os.environ.get("MYPYC_OPT_LEVEL", "3"),
            debug_level="0",
            group_name="signals",
            target_dir=str(self._place / "c"),
        )
        command: Any = Distribution({"ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp = str(made), str(self._place / "objects")
        command.ensure_finalized()
        command.run()
        build_data["force_include"] |= {str(path): str(path.relative_to(made)) for path in made.rglob("*.so")}
        build_data |= {"pure_python": False, "infer_tag": True}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind but the wheel."""
        self._folder.cleanup()

    @cached_property
    def _folder(self) -> tempfile.TemporaryDirectory[str]:
        return tempfile.TemporaryDirectory(prefix="compiled-")

    @property
    def _place(self) -> Path:
        return Path(self._folder.name)


def modules(root: Path) -> list[str]:
    """What is compiled: the way of an event, from the engine on."""
    sources = [*root.glob("signals/*.py"), *(path for name in FOLDERS for path in root.glob(f"signals/{name}/*.py"))]
    names = {str(path.relative_to(root)) for path in sources if not _declares_models(path)} - INTERPRETED.keys()
    return sorted(name for name in names if not name.endswith("__init__.py"))


def _declares_models(path: Path) -> bool:
    return re.search(r"^from pydantic", path.read_text("utf-8"), re.MULTILINE) is not None
