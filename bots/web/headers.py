"""The headers of every answer: nothing from elsewhere, nothing kept, no referrer, framed only where allowed.

Sets no cookie; nothing on these pages needs one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?")
_DEVICES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
)

EVERYWHERE: Final[Mapping[str, str]] = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{device}=()" for device in _DEVICES),
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def origins_only(origins: Iterable[str]) -> tuple[str, ...]:
    """The exact origins among what was configured: scheme, host, port; nothing a header could choke on."""
    return tuple(origin for origin in origins if _ORIGIN.fullmatch(origin))


def page_headers(framed_by: Iterable[str] = (), *, shows_frames: bool = False) -> dict[str, str]:
    """For a page: never cached, no byte from elsewhere, in a frame only on the pages of `framed_by`."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _policy(" ".join(framed_by) or "'none'", shows_frames=shows_frames),
    }


def _policy(framed_by: str, *, shows_frames: bool) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-src 'self'" if shows_frames else "frame-src 'none'",
            f"frame-ancestors {framed_by}",
        )
    )
