"""How long what was said is kept after a case was closed: data, in config/retention.toml."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec

from core import datafile
from core.datafile import DataFile, Fault
from core.reports.categories import Categories
from core.reports.model import Category

TABLE: Final = "days"
OTHERWISE: Final = "otherwise"
SEXUAL_ABUSE: Final = "sexual_abuse"
_Days = Annotated[int, msgspec.Meta(ge=1, le=365 * 20)]


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """Days by category and by outcome."""

    by_category: Mapping[Category, timedelta]
    by_outcome: Mapping[str, timedelta]
    otherwise: timedelta

    @property
    def longest(self) -> timedelta:
        return max((self.otherwise, *self.by_category.values(), *self.by_outcome.values()))

    @property
    def shortest(self) -> timedelta:
        return min((self.otherwise, *self.by_category.values(), *self.by_outcome.values()))

    def keeps(self, categories: Collection[Category | None], outcome: str) -> timedelta:
        """How long a closed case is kept: as long as the longest of what its reports are about."""
        if outcome in self.by_outcome:
            return self.by_outcome[outcome]
        return max((self._of(category) for category in categories), default=self.otherwise)

    def is_over(
        self, closed_at: datetime, categories: Collection[Category | None], outcome: str, now: datetime
    ) -> bool:
        return now >= closed_at + self.keeps(categories, outcome)

    def _of(self, category: Category | None) -> timedelta:
        return self.otherwise if category is None else self.by_category.get(category, self.otherwise)


def load_retention(path: Path, categories: Categories, outcomes: Collection[str]) -> Retention:
    """Raises SettingsInvalid with the line, the reason and the mend."""
    file = datafile.read(path)
    days = datafile.table(file, TABLE, dict[str, _Days])
    datafile.refuse(_faults(file, days, outcomes))
    by_category = {
        code: timedelta(days=days.get(code.value, days[_group(categories, code)])) for code in Category
    }
    return Retention(
        by_category=by_category,
        by_outcome={code: timedelta(days=count) for code, count in days.items() if code in outcomes},
        otherwise=timedelta(days=days[OTHERWISE]),
    )


def _group(categories: Categories, code: Category) -> str:
    return SEXUAL_ABUSE if categories[code].sexual_abuse else OTHERWISE


def _faults(file: DataFile, days: Mapping[str, int], outcomes: Collection[str]) -> Iterator[Fault]:
    for name in (OTHERWISE, SEXUAL_ABUSE):
        if name not in days:
            yield file.fault((TABLE,), f"says nothing of {name}.", "Restore the line that was shipped.")
    known = {OTHERWISE, SEXUAL_ABUSE, *(code.value for code in Category), *outcomes}
    for name in days.keys() - known:
        mend = "Name a category, an outcome, sexual_abuse or otherwise."
        yield file.fault((TABLE, name), f"{name} is none of them.", mend)
