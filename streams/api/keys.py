"""API keys: random secrets of which only a hash is configured.

A secret holds 256 random bits, so a plain SHA-256 can't be turned back; slow hashes are for passwords people choose.
Rotation: configure two keys under one name, move the senders over, take the old one out.
"""

import hashlib
import hmac
import secrets
from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """What a key opens."""

    INGEST = "ingest"
    QUEUE = "queue"
    OPERATIONS = "operations"
    PRIVACY = "privacy"
    ADMIN = "admin"


class Key(msgspec.Struct, frozen=True):
    """One configured key; ``admin`` opens everything."""

    name: str
    scopes: frozenset[Scope]
    digest: str

    def opens(self, scope: Scope) -> bool:
        """Whether this key may be used for ``scope``."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


ANYONE = Key("anyone", frozenset({Scope.ADMIN}), "")
"""Stands for every caller of an API without keys, which only listens on the loopback."""


class KeyRing:
    """The configured keys; raises ``ValueError`` with a line for each key that is malformed."""

    def __init__(self, text: str) -> None:
        self._keys: list[Key] = []
        problems = []
        for word in text.split():
            try:
                self._keys.append(_read(word))
            except ValueError as problem:
                problems.append(str(problem))
        if problems:
            raise ValueError("\n".join(problems))

    @property
    def open(self) -> bool:
        """Whether no keys are configured."""
        return not self._keys

    def find(self, secret: str) -> Key | None:
        """The key of a secret, comparing with every key in constant time."""
        digest = _digest(secret)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found


def make_key(name: str, scopes: list[Scope]) -> tuple[str, str]:
    """A fresh secret to hand to its user, and the text to configure; raises ``ValueError`` for an unfit name."""
    secret = f"sgn_{secrets.token_urlsafe(32)}"
    text = f"{name}:{'+'.join(scopes)}:{_digest(secret)}"
    _read(text)
    return secret, text


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


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
