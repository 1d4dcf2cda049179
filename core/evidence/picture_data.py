"""Takes the bytes of pictures out of text: `data:` addresses in every dress, and bare base64 of a picture.

What is taken out leaves a note in its place: what it was, and how long. Everything else stays as it was.
"""

import re
from typing import Final

_INVISIBLE: Final = r"\s\x00-\x1f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_GAP: Final = f"[{_INVISIBLE}]{{0,8}}"
"""What people put between the letters of an address so that it is not recognised."""
_COLON: Final = r"(?::|\uff1a|&colon;|&#0{0,4}58;|&#x0{0,4}3a;|%3a)"
_COMMA: Final = r"(?:,|&comma;|&#0{0,4}44;|&#x0{0,4}2c;|%2c)"
_NAME: Final = r"[\w.+*-]{1,80}"
_KNOWN: Final = r"(?:application|audio|font|image|message|model|multipart|text|video)"
_KNOWN_SPACED: Final = "(?:" + "|".join(_GAP.join(word) for word in ("image", "video", "audio")) + ")"
_SUBTYPE: Final = f"{_NAME}(?:[\\t\\r\\n]{{1,4}}{_NAME})?"
_TYPE: Final = f"(?:{_GAP}(?:{_KNOWN}|{_KNOWN_SPACED}){_GAP}/{_GAP}{_SUBTYPE}|{_NAME}/{_NAME})"
_PARAMETER: Final = rf"{_GAP};{_GAP}[^\s,;\"'<>]{{0,80}}"
_BASE64_MARK: Final = _GAP.join(";base64")
_SYMBOLS: Final = r"[A-Za-z0-9+/_=%-]"
_BINARY_LOOKING: Final = rf"(?={_SYMBOLS}*(?:[0-9+/=]|(?-i:[a-z][A-Z]))|{_SYMBOLS}{{24}}){_SYMBOLS}{{4,}}"
"""Base64 goes on behind a blank only as long as it does not read like words: nobody hides a threat in it."""
_BASE64: Final = rf"(?:{_SYMBOLS}+|\s{{1,4}}{_BINARY_LOOKING})(?:\s{{1,4}}{_BINARY_LOOKING})*"
_PLAIN: Final = r"(?:[^\s\"'<>()]|\([^\s\"'<>()]*\))+"
_SCHEME: Final = _GAP.join("data") + _GAP + _COLON

_ADDRESS = re.compile(
    rf"{_SCHEME}(?P<type>{_TYPE})?(?:{_PARAMETER}){{0,8}}?{_BASE64_MARK}{_GAP}{_COMMA}{_BASE64}"
    rf"|{_SCHEME}(?P<plain_type>{_TYPE})(?:{_PARAMETER}){{0,8}}{_GAP}{_COMMA}{_PLAIN}"
    rf"|(?<![A-Za-z0-9]){_SCHEME}(?:{_PARAMETER}){{0,8}}{_GAP}{_COMMA}{_PLAIN}",
    re.IGNORECASE,
)
_DRAWING = re.compile(
    rf"{_SCHEME}(?P<type>{_TYPE})(?:{_PARAMETER}){{0,8}}{_GAP}{_COMMA}\s{{0,8}}(?:<|%3c)[?!]?\w.*?(?:<|%3c)/svg\s{{0,8}}(?:>|%3e)",
    re.IGNORECASE | re.DOTALL,
)
_DRAWING_END = re.compile(r"(?:<|%3c)/svg\s{0,8}(?:>|%3e)", re.IGNORECASE)
_REMAINDER = re.compile(rf"{_BASE64_MARK}{_GAP}{_COMMA}\s{{0,4}}{_SYMBOLS}{{16,}}", re.IGNORECASE)
_BARE_PICTURE = re.compile(r"(?:iVBORw0KGgo|/9j/|R0lGODdh|R0lGODlh|UklGR)[A-Za-z0-9+/_=\r\n-]{200,}")
_LONGEST_TYPE: Final = 80


def without_picture_data(text: str) -> tuple[str, int]:
    """The text with each piece of picture data replaced by a note, and how many were taken out."""
    text, taken = _without_drawings(text)
    for pattern in (_ADDRESS, _REMAINDER, _BARE_PICTURE):
        text, count = pattern.subn(_note, text)
        taken += count
    return text, taken


def _without_drawings(text: str) -> tuple[str, int]:
    """Only up to the last end of a drawing: so every search finds one, and none runs on in vain."""
    end = max((found.end() for found in _DRAWING_END.finditer(text)), default=0)
    head, taken = _DRAWING.subn(_note, text[:end])
    return head + text[end:], taken


def _note(found: re.Match[str]) -> str:
    groups = found.groupdict()
    kind = groups.get("type") or groups.get("plain_type") or ""
    named = re.sub(rf"[{_INVISIBLE}]", "", kind)[:_LONGEST_TYPE] or "no type"
    return f"[data removed: {named}, {len(found[0])} characters]"
