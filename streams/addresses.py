"""Addresses of what answers over HTTP."""


def http_address(host: str, port: int) -> str:
    """The address of a host and port; numbers of IPv6 stand in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
