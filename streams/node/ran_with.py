"""What a node ran with last: commands that look into its folder later go by the same configuration and pack.

With another pack they would prepare the rows for that one, and read what was set apart by its tracking file.
"""

from pathlib import Path

import msgspec

from signals.config import Config, load_config
from signals.pack.document import PackError

_FILE = "ran_with.json"


class RanWith(msgspec.Struct, frozen=True):
    """The configuration file, ``None`` for the defaults, and the pack's name or folder; paths are absolute."""

    config: str | None
    pack: str


def remember(data: Path, config: Path | None, pack: str) -> None:
    """Keep with a node's files what it runs with; raises ``OSError``."""
    folder = Path(pack)
    place = str(folder.resolve()) if (folder / "pack.yaml").is_file() else pack
    ran = RanWith(None if config is None else str(config.resolve()), place)
    (data / _FILE).write_bytes(msgspec.json.encode(ran))


def config_of(data: Path, given: Path | None) -> Config:
    """The configuration to open a node's folder with: the ``given`` file, else what the node ran with last, else the
    defaults. Raises ``PackError``."""
    if given is not None:
        return load_config(given)
    try:
        ran = msgspec.json.decode((data / _FILE).read_bytes(), type=RanWith)
    except (OSError, msgspec.MsgspecError):  # it never ran, or in an earlier release
        return Config()
    try:
        config = load_config(None if ran.config is None else Path(ran.config))
    except PackError as error:
        raise PackError([*error.problems, "this node ran with that configuration; give --config"]) from None
    return config.model_copy(update={"pack": ran.pack})
