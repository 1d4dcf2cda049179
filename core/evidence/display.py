"""Evidence on the desk's screen: links broken so that nothing can be pressed, hidden characters made to show.

For showing only: what is sealed keeps every character. What comes out is text and still has to be escaped.
"""

import re
import unicodedata
from typing import Final

_IGNORED: Final = "\u00ad\u034f\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
"""What a browser drops from an address, so that it can stand between a dot and a letter."""
_DOT: Final = ".\u3002\uff0e\uff61"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,31})(:|\uff1a)(?=[/\\\uff0f]{2})")
_OTHER_SCHEME = re.compile(
    r"(?<![A-Za-z])(mailto|tel|sms|callto|facetime|xmpp|sip|sips|magnet|bitcoin|matrix|javascript|vbscript|data|blob|file|intent|geo|market)"
    r"(:|\uff1a)(?=\S)",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    rf"(?<=[^\W_])([{_IGNORED}]*)([{_DOT}])(?=[{_IGNORED}]*[^\W_])|(?<=[-_])()([{_DOT}])(?=[^\W_])"
)
_NUMBER = re.compile(rf"(?<![\w{_DOT}])\d+\.\d+(?![\w{_DOT}]|[-/:@?#]\S)")
_AT = re.compile(rf"(?<=[^\s@\[])@(?=[^\s@]+?\[[{_DOT}]\])")
_BROKEN: Final = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}

_NAMES: Final = {
    0x00AD: "soft hyphen",
    0x061C: "ALM",
    0x200B: "zero width space",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2060: "word joiner",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0xFEFF: "zero width no-break space",
}
_BLANK_LETTERS: Final = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
_JOINERS: Final = {0x200C, 0x200D}
_JOINED_SCRIPTS: Final = range(0x0600, 0x1100)
_LAYOUT: Final = "\n\t"
_HIDING: Final = {"Cc", "Cf", "Zl", "Zp", "Cs"}
"""Unicode categories that show nothing of themselves."""
_SELECTORS: Final = range(0xFE00, 0xFE10)
_MORE_SELECTORS: Final = range(0xE0100, 0xE01F0)


def shown(text: str) -> str:
    """Text of evidence as the desk's screen has it: nothing hidden, nothing to press."""
    return break_links(visible(text))


def break_links(text: str) -> str:
    """Addresses written so that no program takes them for one: `hxxps://example[.]com`.

    Full addresses, bare names of hosts, e-mail addresses and numbers of hosts. A second pass changes nothing.
    """
    broken = _SCHEME.sub(_broken_scheme, text)
    broken = _OTHER_SCHEME.sub(r"\1[\2]", broken)
    return _AT.sub("[@]", _broken_dots(broken))


def visible(text: str) -> str:
    """Direction overrides, zero-width and other hidden characters as marks: `⟦RLO⟧`.

    What a script needs to be read stays: joiners inside Arabic and Indic words, and inside an emoji.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_seen(text, place) for place in range(len(text)))


def _broken_scheme(found: re.Match[str]) -> str:
    scheme = found[1].lower()
    if scheme in _BROKEN:
        return _BROKEN[scheme] + found[2]
    return found[0] if scheme in _BROKEN.values() else f"{found[1]}[{found[2]}]"


def _broken_dots(text: str) -> str:
    """Every dot between letters or digits, but for the one in a number such as 3.14."""
    pieces, done = [], 0
    for number in _NUMBER.finditer(text):
        pieces += [_without_dots(text, done, number.start()), number[0]]
        done = number.end()
    return "".join([*pieces, _without_dots(text, done, len(text))])


def _without_dots(text: str, start: int, end: int) -> str:
    return _INSIDE.sub(lambda found: f"{found[1] or ''}[{found[2] or found[4]}]", text[start:end])


def _seen(text: str, place: int) -> str:
    symbol = text[place]
    if symbol in _LAYOUT or not _hides(symbol) or _needed(text, place):
        return symbol
    return f"⟦{_NAMES.get(ord(symbol), f'U+{ord(symbol):04X}')}⟧"


def _hides(symbol: str) -> bool:
    code = ord(symbol)
    if code in _BLANK_LETTERS or code in _SELECTORS or code in _MORE_SELECTORS:
        return True
    return unicodedata.category(symbol) in _HIDING


def _needed(text: str, place: int) -> bool:
    """Whether this hidden character only makes its neighbours look as they should."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if ord(text[place]) in _SELECTORS:
        return bool(before) and not before.isalpha() and not _hides(before)
    if ord(text[place]) not in _JOINERS or not before or not after:
        return False
    return _is_symbol(before, after) or (ord(before) in _JOINED_SCRIPTS and ord(after) in _JOINED_SCRIPTS)


def _is_symbol(before: str, after: str) -> bool:
    """An emoji goes on: picture, or variation selector or skin tone, then another picture."""
    drawn = {"So", "Sk", "Mn"}
    return unicodedata.category(before) in drawn and unicodedata.category(after) == "So"
