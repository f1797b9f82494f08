"""A browsing session, sent by a Python client. Arguments: segment or rudder, address, write key."""

import sys


def main(client: str, host: str, key: str) -> None:
    """Send the session and wait until it is away."""
    if client == "segment":
        from segment.analytics import Client
    else:
        from rudderstack.analytics.client import Client
    sender = Client(key, host=host, max_retries=3)
    known = {"user_id": "7001", "anonymous_id": "a-7001"}
    sender.identify(traits={"email": "sanne@example.nl"}, **known)
    sender.page(name="Verhuizen", properties={"url": "https://www.example.nl/verhuizen"}, **known)
    sender.track(event="Quote Started", properties={"product": "car"}, **known)
    sender.group(group_id="jonge-ouders", **known)
    sender.alias("a-older", "7001")
    sender.track(event="Never Heard Of", **known)
    sender.flush()
    sender.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
