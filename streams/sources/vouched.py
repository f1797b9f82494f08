"""Whom the calls of a web page may speak of: anybody can read the page's key, so a customer has to be vouched for.

The site's server signs the id of who is logged in there: HMAC-SHA256 with a secret that we share, in hexadecimal
digits, as ``context.userHash`` of ``identify`` and ``alias``. Other calls need none: without it they tell of the
device, which leads to the customer once it is linked. What an identify says of addresses nobody vouched for, so it
links none.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from signals.events.decode import Rejected

UNVERIFIED = "UNVERIFIED"
"""Reason of a refused call. It is not sent in again with the others: what was false stays so."""

_LINKING = ("identify", "alias")
_ADDRESSES = ("email", "phone")

Call = dict[str, Any]


class Vouched:
    """Goes by the secrets that we share with the site's server: two while one takes the place of the other."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]

    def admit(self, call: Call) -> Call | Rejected:
        """What a call of a web page counts as, without what nobody vouched for; or why it can't."""
        kind, user, context = call.get("type"), call.get("userId"), call.get("context")
        context = context if isinstance(context, dict) else {}
        if self._is_signed(user, context.get("userHash")):
            return _without_addresses(call, context)
        if user in (None, ""):
            named = _without_addresses(call, context) != call
            return _unsigned("traits", "an address") if kind == "identify" and named else call
        if kind in _LINKING or call.get("anonymousId") in (None, ""):
            return _unsigned("context.userHash", "a userId")
        return {name: value for name, value in call.items() if name != "userId"}

    def _is_signed(self, user: object, signed: object) -> bool:
        """Compares with every secret, each in constant time."""
        if isinstance(user, bool) or not isinstance(user, str | int) or not isinstance(signed, str):
            return False
        right = [hmac.new(secret, str(user).encode(), hashlib.sha256).hexdigest() for secret in self._secrets]
        return any(hmac.compare_digest(one.encode(), signed.lower().encode()) for one in right)


def _unsigned(field: str, what: str) -> Rejected:
    says = (
        f"{what} from a web page has to be vouched for: context.userHash is the HMAC-SHA256 of the userId, made by your"
    )
    return Rejected(UNVERIFIED, field, f"{says} server with SIGNALS_API_IDENTIFY_SECRET, in hexadecimal digits")


def _without_addresses(call: Call, context: Mapping[str, Any]) -> Call:
    traits = {"traits": _less(call["traits"])} if isinstance(call.get("traits"), dict) else {}
    if isinstance(context.get("traits"), dict):
        traits["context"] = {**context, "traits": _less(context["traits"])}
    return call | traits


def _less(traits: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in traits.items() if name not in _ADDRESSES}
