"""Which rows of the queue somebody wants to see: read from an address, written into one, put to the ledger.

Whatever is asked, the queue is walked along an index in its own order, so that pages by key stay right.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import sqlalchemy as sa
from sqlalchemy import bindparam as bind

from core.reports.model import Category, Priority
from desk.casework.model import CaseState
from desk.ranks import rank
from desk.tables import casework, reports

_LONGEST: Final = 200


class Waits(StrEnum):
    """For whom a case waits."""

    US = "us"
    THEM = "them"  # the young person, or somebody outside


class Holder(StrEnum):
    ME = "me"
    NOBODY = "nobody"


class Filter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is set must be so; nothing set is the whole queue."""

    priority: Priority | None = None
    state: CaseState | None = None
    holder: Holder | None = None
    community: str = ""
    platform: str = ""
    category: Category | None = None
    waits: Waits | None = None
    overdue: bool = False

    @property
    def address(self) -> str:
        """As it stands in an address, each part once and in one order; empty for the whole queue."""
        told = {name: getattr(self, name) for name in self.__struct_fields__}
        return urlencode({name: _written(value) for name, value in told.items() if _is_set(value)})


EVERYTHING: Final = Filter()


def read(query: Mapping[str, str]) -> Filter:
    """What an address asks for. What cannot be understood asks for nothing."""
    return Filter(
        priority=_priority(query.get("priority", "")),
        state=_one_of(CaseState, query.get("state", "")),
        holder=_one_of(Holder, query.get("holder", "")),
        community=query.get("community", "").strip()[:_LONGEST],
        platform=query.get("platform", "").strip()[:_LONGEST],
        category=_one_of(Category, query.get("category", "")),
        waits=_one_of(Waits, query.get("waits", "")),
        overdue=query.get("overdue") == "1",
    )


_cases = casework.cases.c
_CASE = sa.exists().where(_cases.id == reports.c.id)
_WITH_THEM = (CaseState.WAITING.value, CaseState.HANDED_ON.value)
_MINE = sa.select(_cases.id).where(
    _cases.desk == bind("desk"), _cases.standing == bind("standing"), _cases.holder == bind("me")
)
_HELD = _CASE.where(_cases.holder != "")
_BEGUN = _CASE.where(_cases.state != CaseState.NEW.value)
_ELSEWHERE = _CASE.where(_cases.state.in_(_WITH_THEM))


def narrowed(statement: sa.Select[Any], only: Filter) -> sa.Select[Any]:
    """The statement of the queue with what is asked; `given` has the values."""
    asked: list[sa.ColumnElement[bool]] = []
    if only.priority is not None:
        asked.append(reports.c.rank.between(bind("rank_from"), bind("rank_to")))
    if only.state is not None:
        asked.append(~_BEGUN if only.state is CaseState.NEW else _CASE.where(_cases.state == bind("state")))
    if only.holder is not None:
        asked.append(reports.c.id.in_(_MINE) if only.holder is Holder.ME else ~_HELD)
    if only.community:
        asked.append(reports.c.community == bind("community"))
    if only.platform:
        asked.append(reports.c.platform == bind("platform"))
    if only.category is not None:
        asked.append(reports.c.category == bind("category"))
    if only.waits is not None:
        asked.append(_ELSEWHERE if only.waits is Waits.THEM else ~_ELSEWHERE)
    if only.overdue:
        asked += [reports.c.read_at.is_(None), reports.c.due_at < bind("now", type_=reports.c.due_at.type)]
    return statement.where(*asked) if asked else statement


def given(only: Filter, *, me: str, now: datetime) -> dict[str, Any]:
    """The values of what is asked, and no others."""
    values: dict[str, Any] = {}
    if only.priority is not None:
        values["rank_from"] = rank(only.priority, triaged=False)
        values["rank_to"] = rank(only.priority, triaged=True)
    if only.state not in {None, CaseState.NEW}:
        values["state"] = str(only.state)
    if only.holder is Holder.ME:
        values["me"] = me
    if only.category is not None:
        values["category"] = only.category.value
    values |= {name: getattr(only, name) for name in ("community", "platform") if getattr(only, name)}
    return values | ({"now": now} if only.overdue else {})


def _is_set(value: object) -> bool:
    """The most urgent priority is a nought, and set."""
    return isinstance(value, Priority) or bool(value)


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, int) else str(value)


def _priority(text: str) -> Priority | None:
    return Priority(int(text)) if text in {str(int(each)) for each in Priority} else None


def _one_of(kind: Any, text: str) -> Any:
    return kind(text) if text in {each.value for each in kind} else None
