"""Which browser somebody signed in with, in one plain word: enough to know one's own again, and no more."""

import re
from enum import StrEnum
from typing import Final


class Browser(StrEnum):
    """The words of the catalogue. What a browser says of itself is believed, and decides nothing."""

    EDGE = "edge"
    OPERA = "opera"
    FIREFOX = "firefox"
    CHROME = "chrome"
    SAFARI = "safari"
    OTHER = "other"


_LONGEST: Final = 512
_SIGNS: Final = (
    (Browser.EDGE, re.compile(r"\bEdg(e|A|iOS)?/")),
    (Browser.OPERA, re.compile(r"\b(OPR|Opera|OPT)/")),
    (Browser.FIREFOX, re.compile(r"\b(Firefox|FxiOS)/")),
    (Browser.CHROME, re.compile(r"\b(Headless)?(Chrome|CriOS|Chromium)/")),
    (Browser.SAFARI, re.compile(r"\bSafari/")),
)
"""In this order: nearly every browser also calls itself by the names of those below it."""


def browser_of(user_agent: str) -> Browser:
    """The kind of browser behind a `User-Agent`; `other` where it says nothing that we know."""
    said = user_agent[:_LONGEST]
    return next((browser for browser, sign in _SIGNS if sign.search(said)), Browser.OTHER)
