"""Whose look-up of a reference it is, on the web: an address. Help and reports are never counted."""

from ipaddress import ip_address


def address_of(peer: str, forwarded: str) -> str:
    """Who asks: the peer, or behind a proxy on this very machine whom that proxy added last.

    The header is believed from nobody else. It decides about look-ups only.
    """
    last = forwarded.rpartition(",")[2].strip()
    try:
        return str(ip_address(last)) if last and ip_address(peer).is_loopback else peer
    except ValueError:
        return peer
