"""What is wrong with settings out of the environment, told by the names of its variables."""

from collections.abc import Callable

from pydantic import ValidationError


class SettingsError(Exception):
    """Something in the environment is missing or wrong; the message names every such variable."""


def settings_error(error: ValidationError, variable: Callable[[str], str]) -> SettingsError:
    """All that is wrong, a line each, without the values, which may be secret; ``variable`` names that of a field."""
    return SettingsError("\n".join(_complaint(one["type"], one["loc"], one["msg"], variable) for one in error.errors()))


def _complaint(kind: str, place: tuple[int | str, ...], said: str, variable: Callable[[str], str]) -> str:
    said = said.removeprefix("Value error, ")
    if not place:
        return said
    name = variable(str(place[0]))
    return f"{name} is not set; for example {name}=127.0.0.1:9092" if kind == "missing" else f"{name}: {said}"
