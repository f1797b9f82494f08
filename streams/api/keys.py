"""API keys: random secrets of which only a hash is configured.

A secret holds 256 random bits, so a plain SHA-256 can't be turned back; slow hashes are for passwords people choose.
Rotation: configure two keys under one name, move the senders over, take the old one out. Keys that stand in a file come
and go with it, without a restart.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum
from pathlib import Path

import msgspec
import structlog

_log = structlog.get_logger("signals.api")


class Scope(StrEnum):
    """What a key opens."""

    INGEST = "ingest"
    QUEUE = "queue"
    OPERATIONS = "operations"
    PRIVACY = "privacy"
    WEB = "web"
    """What the pages of a web site do, whose key anybody can read: their SDKs' calls, and what to show a visitor."""

    ADMIN = "admin"


class Key(msgspec.Struct, frozen=True):
    """One configured key; ``admin`` opens everything, and ``ingest`` what ``web`` does."""

    name: str
    scopes: frozenset[Scope]
    digest: str

    def opens(self, scope: Scope) -> bool:
        """Whether this key may be used for ``scope``."""
        wider = Scope.INGEST if scope is Scope.WEB else Scope.ADMIN
        return not self.scopes.isdisjoint((scope, wider, Scope.ADMIN))


ANYONE = Key("anyone", frozenset({Scope.ADMIN}), "")
"""Stands for every caller of an API without keys, which only listens on the loopback."""


class KeyRing:
    """The configured keys, and those that stand in ``file`` now; raises ``ValueError`` with a line for each malformed
    one. A file that has become malformed, or is gone, leaves the keys as they were; the log says so."""

    def __init__(self, text: str, file: Path | None = None) -> None:
        self._given = _read_all(text)
        self._file = file
        self._filed: list[Key] = []
        self._stamp: _Stamp | None = None
        if file is not None:
            try:
                self._stamp, self._filed = _stamp_of(file), _read_all(file.read_text("utf-8"))
            except OSError as error:
                raise ValueError(f"the file of API keys can't be read: {file}: {error.strerror}") from None

    @property
    def open(self) -> bool:
        """Whether keys are configured nowhere; a file without any lets nobody in."""
        return self._file is None and not self._given

    @property
    def public(self) -> bool:
        """Whether anybody can read one of the keys: it opens what web pages do, and no more."""
        return any(key.opens(Scope.WEB) and not key.opens(Scope.INGEST) for key in self._now())

    def find(self, secret: str) -> Key | None:
        """The key of a secret, comparing with every key in constant time."""
        digest = _digest(secret)
        found = None
        for key in self._now():
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def has(self, key: Key) -> bool:
        """Whether a key that was found before is still one."""
        return key in self._now()

    def _now(self) -> list[Key]:
        if self._file is not None:
            self._look_again(self._file)
        return self._given + self._filed

    def _look_again(self, file: Path) -> None:
        stamp = None
        try:
            stamp = _stamp_of(file)
            if stamp != self._stamp:
                self._filed = _read_all(file.read_text("utf-8"))
                _log.info("the file of API keys was read again", keys=len(self._filed))
        except (OSError, ValueError) as error:
            if stamp != self._stamp:
                _log.error("the changed file of API keys is refused, the old keys stay", error=type(error).__name__)
        self._stamp = stamp


def make_key(name: str, scopes: list[Scope]) -> tuple[str, str]:
    """A fresh secret to hand to its user, and the text to configure; raises ``ValueError`` for an unfit name."""
    if len(name.split()) != 1 or ":" in name:
        raise ValueError(f"write the name {name!r} as one word without a colon, as in jan.jansen")
    secret = f"sgn_{secrets.token_urlsafe(32)}"
    text = f"{name}:{'+'.join(scopes)}:{_digest(secret)}"
    _read(text)
    return secret, text


_Stamp = tuple[int, int, int]


def _stamp_of(file: Path) -> _Stamp:
    """What changes when a file is written or another takes its place."""
    found = file.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _read_all(text: str) -> list[Key]:
    keys: list[Key] = []
    problems = []
    for word in text.split():
        try:
            keys.append(_read(word))
        except ValueError as problem:
            problems.append(str(problem))
    if problems:
        raise ValueError("\n".join(problems))
    return keys


def _read(word: str) -> Key:
    name, _, rest = word.partition(":")
    scopes, _, digest = rest.partition(":")
    if not name or len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError(f"API key {name!r} is not name:scope+scope:hash; make one with `signals key NAME SCOPE…`")
    unknown = set(scopes.split("+")) - set(Scope)
    if unknown:
        raise ValueError(
            f"API key {name!r} has no such scope as {', '.join(sorted(unknown))}; choose of {', '.join(Scope)}"
        )
    return Key(name, frozenset(Scope(scope) for scope in scopes.split("+")), digest)
