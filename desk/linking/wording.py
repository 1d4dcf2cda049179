"""Near-identical wording as a few values that can be looked up: MinHash bands over runs of words. Pure.

Two texts that share most of their words in order have most of these values in common, the same text has all,
and unrelated ones have none. A text of a few words gives none: those are alike by chance.
"""

import hashlib
import re
import unicodedata
from typing import Final

from rensa import RMinHash

BANDS: Final = 12
"""Values of one text: what one text costs to store and to look up."""
ROWS: Final = 4
"""Hashes behind one value: where a part s of the runs is shared, it is in common with a chance of s⁴."""
RUN: Final = 3
"""Words of a run."""
FEWEST: Final = 8
"""Runs under which a text gives nothing."""
_MOST_WORDS: Final = 2_000
_SEED: Final = 2010  # another seed, or another BANDS or ROWS, finds nothing that was stored before
_WORD = re.compile(r"[^\W_]+")


def bands_of(text: str) -> tuple[str, ...]:
    """One value for each band, or none where the text is too short to say anything."""
    runs = _runs(text)
    if len(runs) < FEWEST:
        return ()
    hashes = RMinHash(num_perm=BANDS * ROWS, seed=_SEED)
    hashes.update(sorted(runs))
    found = hashes.digest()
    return tuple(_band(number, found[number * ROWS : (number + 1) * ROWS]) for number in range(BANDS))


def _runs(text: str) -> frozenset[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())[:_MOST_WORDS]
    return frozenset(" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _band(number: int, hashes: list[int]) -> str:
    """Bound to its band, so that only the same place is compared."""
    return hashlib.sha256(f"{number} {hashes}".encode()).hexdigest()[:32]
