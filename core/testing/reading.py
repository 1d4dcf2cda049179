"""How easily a text is read, measured without any download: for tests of what children are shown, in English.

Three measures, since each errs in its own way: Flesch-Kincaid (with a syllable rule of our own), ARI and
Coleman-Liau (which count letters). Each gives a school year of the United States; 4 is age nine to ten.
"""

import re
from collections.abc import Iterable

import msgspec

_SENTENCE_END = re.compile(r"[.?!]+(?:\s+|$)|\n+")
_WORD = re.compile(r"[A-Za-z0-9]+(?:['\u2019][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?:[^laeiouy]e|[^aeiouytd]ed|[^aeiouyscxzg]es)$")
_TWO_IN_ONE = re.compile(r"ia|io(?!n)|eo(?!p)|ua|uou|[^qg]ui(?!l)|[ey]ing|creat")


class Ease(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of a text: higher is harder."""

    sentences: int
    words: int
    flesch_kincaid: float
    ari: float
    coleman_liau: float

    @property
    def grade(self) -> float:
        """The middle one of the three."""
        return sorted((self.flesch_kincaid, self.ari, self.coleman_liau))[1]


def sentences(text: str) -> list[str]:
    """The sentences of a text; an address or a number is part of the sentence it stands in."""
    return [sentence.strip() for sentence in _SENTENCE_END.split(text) if _WORD.search(sentence)]


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """Groups of vowels, less silent endings, and one more where two stand in a group."""
    letters = re.split("['\u2019]", word.lower())[0]
    if not letters.isalpha():
        return 1
    letters = letters.replace("some", "sum").replace("every", "evry")
    count = len(_VOWELS.findall(letters)) + len(_TWO_IN_ONE.findall(letters))
    return max(1, count - bool(_SILENT_END.search(letters)))


def ease(texts: Iterable[str]) -> Ease:
    """Measure all of these together. Raises ValueError where there is not one word."""
    said = [sentence for text in texts for sentence in sentences(text)]
    spoken = [word for sentence in said for word in words(sentence)]
    if not spoken:
        raise ValueError("nothing to read")
    per_sentence = len(spoken) / len(said)
    letters = sum(len(re.sub("['\u2019]", "", word)) for word in spoken) / len(spoken)
    per_word = sum(map(syllables, spoken)) / len(spoken)
    return Ease(
        sentences=len(said),
        words=len(spoken),
        flesch_kincaid=0.39 * per_sentence + 11.8 * per_word - 15.59,
        ari=4.71 * letters + 0.5 * per_sentence - 21.43,
        coleman_liau=5.88 * letters - 29.6 / per_sentence - 15.8,
    )
