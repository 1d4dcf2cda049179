"""What is known of each category: labels, floor, who may handle it, and its name in other vocabularies.

The data is config/categories.toml; this module checks it and answers from it. It reads no other file.
"""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from core.reports.model import Category, Priority

MODERATORS_AT_MOST = frozenset({Category.BULLYING, Category.HATE_EXTREMISM, Category.ACCOUNT})
"""No data file gives moderators more than these."""
SEXUAL_ABUSE_AT_LEAST = frozenset(
    {
        Category.GROOMING,
        Category.SEXUAL_PRESSURE,
        Category.SEXUAL_EXTORTION,
        Category.IMAGE_SHARED,
        Category.MEETING,
        Category.CONTACT_ABUSE,
        Category.EXPLOITATION,
        Category.CSAM_FOUND,
        Category.UNWANTED_SEXUAL,
    }
)
"""No data file takes these out of promise 9."""


class Floor(StrEnum):
    """A priority as the data files write it."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"

    @property
    def priority(self) -> Priority:
        return Priority[self.name]


class IncidentType(StrEnum):
    """The fixed strings that a CyberTipline report may carry; "" is never sent there."""

    NONE = ""
    ENTICEMENT = "Online Enticement of Children for Sexual Acts"
    MATERIAL = "Child Pornography (possession, manufacture, and distribution)"
    TRAFFICKING = "Child Sex Trafficking"
    MOLESTATION = "Child Sexual Molestation"
    UNSOLICITED = "Unsolicited Obscene Material Sent to a Child"


class Annotation(StrEnum):
    """The flags of a CyberTipline report."""

    SEXTORTION = "sextortion"
    CSAM_SOLICITATION = "csamSolicitation"
    MINOR_TO_MINOR = "minorToMinorInteraction"
    SADISTIC = "sadisticOnlineExploitation"


class CategoryInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One category as config/categories.toml has it."""

    code: Category
    professional: str
    floor_word: Floor = msgspec.field(name="floor")
    sexual_abuse: bool
    moderators_may_handle: bool
    ncmec: IncidentType
    ncmec_annotations: tuple[Annotation, ...]
    ncmec_condition: str = ""
    ceop_2010: str
    dsa: tuple[str, ...]

    @property
    def floor(self) -> Priority:
        """The least urgent a report of this kind may start with."""
        return self.floor_word.priority

    @property
    def label(self) -> str:
        """The key of the message a child reads."""
        return f"category-{self.code}".replace("_", "-")

    @property
    def description(self) -> str:
        """The key of the message that explains the label to a child."""
        return f"{self.label}-description"


class Categories:
    """All fifteen categories, in the order they are shown."""

    def __init__(self, infos: tuple[CategoryInfo, ...]) -> None:
        self._by_code = {info.code: info for info in infos}

    @classmethod
    def load(cls, path: Path) -> "Categories":
        """Raises SettingsInvalid with every fault of the file."""
        file = datafile.read(path)
        infos = datafile.entries(file, "category", CategoryInfo)
        datafile.refuse(_faults(file, infos))
        return cls(tuple(infos))

    def __getitem__(self, code: Category) -> CategoryInfo:
        return self._by_code[code]

    def __iter__(self) -> Iterator[CategoryInfo]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)


def _faults(file: DataFile, infos: list[CategoryInfo]) -> Iterator[Fault]:
    counts = Counter(info.code for info in infos)
    for code in Category:
        if counts[code] != 1:
            reason = f"{code} stands here {counts[code]} times."
            yield file.fault(("category",), reason, "Each category stands in the file exactly once.")
    for place, info in enumerate(infos):
        yield from _faults_of(file, place, info)


def _faults_of(file: DataFile, place: int, info: CategoryInfo) -> Iterator[Fault]:
    at = ("category", place)
    if not info.professional.strip():
        yield file.fault((*at, "professional"), f"{info.code} has no professional label.", "Write one.")
    if info.code in SEXUAL_ABUSE_AT_LEAST and not info.sexual_abuse:
        yield file.fault((*at, "sexual_abuse"), f"{info.code} is sexual abuse.", "Write true.")
    if info.moderators_may_handle and (info.sexual_abuse or info.code not in MODERATORS_AT_MOST):
        reason = f"moderators may never be given {info.code}."
        yield file.fault((*at, "moderators_may_handle"), reason, "Write false.")
