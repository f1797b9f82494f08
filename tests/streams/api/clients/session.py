"""A browsing session, sent by a Python client. Arguments: segment or rudder, address, write key, user."""

import sys


def main(client: str, host: str, key: str, user: str = "7001") -> None:
    """Send the session and wait until it is away."""
    if client == "segment":
        from segment.analytics import Client
    else:
        from rudderstack.analytics.client import Client
    sender = Client(key, host=host, max_retries=3)
    known = {"user_id": user, "anonymous_id": f"a-{user}"}
    sender.identify(traits={"email": f"klant{user}@example.nl"}, **known)
    sender.page(name="Verhuizen", properties={"url": "https://www.example.nl/verhuizen"}, **known)
    sender.track(event="Quote Started", properties={"product": "car"}, **known)
    sender.group(group_id="jonge-ouders", **known)
    sender.alias(f"a-older-{user}", user)
    sender.track(event="Never Heard Of", **known)
    sender.flush()
    sender.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
