"""The reference a reporter keeps: twelve symbols of 60 bits derived from the draft's key, and a check symbol.

The check catches every single wrong symbol and every two symbols swapped, so a misread code is told apart
from an unknown one before anything is looked up. It tells nothing about the report.
"""

import re
import unicodedata
from typing import Final

from core.errors import ReferenceInvalid
from core.evidence.drafts import DraftKey

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U."""
SYMBOLS: Final = 12
_BITS: Final = 5
_FIELD: Final = 0b100101  # GF(32) as polynomials modulo x⁵ + x² + 1, where x is primitive
_LONGEST: Final = 64  # characters, before anything is looked at
_PURPOSE: Final = b"lifebelt reference v1"
_BETWEEN = re.compile(r"[\s\-_.\u2010-\u2015\u2212]+")
_READ_AS = str.maketrans("OIL", "011")


def reference_of(key: DraftKey) -> str:
    """The reference of the report sent from this draft, always the same: `LB-7KQ2-M4XD-9T3V-H`."""
    return reference_from(int.from_bytes(key.derive(_PURPOSE, 8)) >> 4)


def parse_reference(text: str) -> str:
    """The reference as we write it, from how somebody typed it; raises ReferenceInvalid.

    Takes small letters, any blanks and dashes, a missing `LB`, and O for 0, I and L for 1.
    """
    if len(text) > _LONGEST:
        raise ReferenceInvalid("too long for a reference")
    symbols = _symbols(text)
    if len(symbols) != SYMBOLS + 1 or any(symbol not in ALPHABET for symbol in symbols):
        raise ReferenceInvalid("a reference has thirteen letters and digits behind LB")
    if check_symbol(symbols[:SYMBOLS]) != symbols[SYMBOLS]:
        raise ReferenceInvalid("a letter or digit is wrong")
    return _written(symbols)


def number_of(reference: str) -> int:
    """The 60 bits of a reference as we write it; raises ReferenceInvalid."""
    number = 0
    for symbol in _symbols(parse_reference(reference))[:SYMBOLS]:
        number = number << _BITS | ALPHABET.index(symbol)
    return number


def reference_from(number: int) -> str:
    """The reference of these 60 bits: what `number_of` gave."""
    places = range(_BITS * (SYMBOLS - 1), -1, -_BITS)
    symbols = "".join(ALPHABET[number >> place & 0b11111] for place in places)
    return _written(symbols + check_symbol(symbols))


def check_symbol(symbols: str) -> str:
    """The symbol that makes Σ xⁿ·symbol vanish over all places, its own included (n = 0).

    Thirteen places have thirteen different weights, none zero: a wrong symbol changes the sum by a product
    of two non-zero elements, and so does a swap of two different ones.
    """
    total = 0
    for symbol in symbols:
        total = _times_x(total ^ ALPHABET.index(symbol))
    return ALPHABET[total]


def _times_x(element: int) -> int:
    doubled = element << 1
    return doubled ^ _FIELD if doubled >= len(ALPHABET) else doubled


def _symbols(text: str) -> str:
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(bare) == SYMBOLS + 3 and bare[0] in "L1I" and bare[1] == "B":
        bare = bare[2:]
    return bare.translate(_READ_AS)


def _written(symbols: str) -> str:
    return f"LB-{symbols[:4]}-{symbols[4:8]}-{symbols[8:12]}-{symbols[12]}"
