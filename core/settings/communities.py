"""Settings per community in layers: shipped default < the operator's file < what an admin set.

What an admin sets lies in the road's ledger, every change in its trail; answers come from memory, so that
they stand when the ledger is down. Decides what an admin may set; nothing set here can lose a report.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
import structlog

from core.countries import COUNTRIES
from core.delivery.wire import DutyTold
from core.dialogue.model import Duty, Place
from core.errors import InputRefused
from core.ids import CommunityId, DeskName, NewId, new_id
from core.ledger.port import Ledger
from core.ledger.road import community_settings, trail
from core.ledger.trail import Entry, record
from core.reports.model import Standing
from core.reports.routing import staff_desk
from core.settings.consistency import LIVE, is_language
from core.settings.model import Community, Desk, Settings

log = structlog.get_logger(__name__)

COMMUNITIES_TOPIC = "communities"
"""Woken when an admin's settings changed, so that every process takes them over."""
NAME_AT_MOST = 80
"""Characters of a community's name."""
MOST_NAMED = 2
"""Names of those on duty."""
Value = str | bool
DutyOf = Callable[[DeskName, Standing], DutyTold | None]
"""Whom a desk names now; None where it has never said anything."""


class AdminKey(StrEnum):
    """All that an admin may set. Platform, origins and everything else stay with the operator."""

    NAME = "name"
    COUNTRY = "country"
    LANGUAGE = "language"
    DESK = "desk"
    MODERATORS_MAY_HANDLE = "moderators_may_handle"
    QUICK_EXIT_URL = "quick_exit_url"


class AdminChange(NamedTuple):
    """One thing an admin does; `value` None takes the setting back to the layer below."""

    community: CommunityId
    key: str
    value: Value | None
    who: str
    at: datetime


class Communities:
    """Every community that is known here, with all layers laid over each other."""

    def __init__(
        self,
        settings: Settings,
        *,
        languages: Collection[str] | None = None,
        on_duty: DutyOf | None = None,
        new_id: NewId = new_id,
    ) -> None:
        """`on_duty` says whom a desk names now; without it nobody is ever named."""
        self._on_duty = on_duty
        self._settings = settings
        self._languages = languages
        self._new_id = new_id
        self._merged: dict[str, Community] = dict(settings.communities)

    def get(self, community: CommunityId) -> Community | None:
        """The settings in force, or None where nobody configured such a community."""
        return self._merged.get(community)

    def place(
        self,
        community: CommunityId,
        *,
        language: str | None = None,
        country: str | None = None,
        knows_accounts: bool = False,
        reads_around: bool = False,
        may_be_let_in: bool = False,
    ) -> Place:
        """What the dialogue needs to know of this community. Raises InputRefused where it is not known."""
        found = self._merged.get(community)
        if found is None:
            raise InputRefused("there is no such community here", field="community")
        desk = self._settings.desks.get(found.desk)
        return Place(
            community=community,
            community_name=found.name,
            platform=found.platform,
            standing=desk.standing if desk else Standing.NONE,
            desk=DeskName(found.desk) if desk else None,
            desk_name=desk.name if desk else "",
            duty=self._duty(DeskName(found.desk), desk),
            country=country or found.country or None,
            language=language or found.language,
            knows_accounts=knows_accounts,
            moderators_may_handle=found.moderators_may_handle,
            reads_around=reads_around,
            may_be_let_in=may_be_let_in,
            staff_route=staff_desk(DeskName(found.desk), self._settings.desks) is not None,
            app_run_by=self._settings.road.run_by,
        )

    def elsewhere(self, community: CommunityId, name: str, platform: str, *, language: str) -> Place:
        """A community that nobody gave a desk: help, a sheet with where to report, and nothing is stored."""
        return Place(
            community=community,
            community_name=name,
            platform=platform,
            standing=Standing.NONE,
            desk=None,
            desk_name="",
            language=language,
            knows_accounts=True,
            app_run_by=self._settings.road.run_by,
        )

    def _duty(self, name: DeskName, desk: Desk | None) -> Duty:
        """Who is there as the desk says it now; where it has never said anything, the hours as configured."""
        if desk is None or desk.standing is Standing.PRACTICE:
            return Duty()
        told = None if self._on_duty is None else self._on_duty(name, desk.standing)
        if told is None:
            return Duty(opens=desk.opens or None, closes=desk.closes or None)
        return _told(told, desk.zone)

    async def refresh(self, ledger: Ledger) -> None:
        """Take over what admins set, from the ledger. Raises LedgerUnavailable, and then nothing changes."""
        rows = await ledger.read(lambda conn: conn.execute(_LATEST_ROWS).all())
        merged = dict(self._settings.communities)
        for row in rows:
            if row.value is not None and row.community in merged:
                merged[row.community] = self._over(merged[row.community], row.community, row.key, row.value)
        self._merged = merged

    async def set(self, ledger: Ledger, change: AdminChange) -> None:
        """Do what an admin wants, with its line in the trail, in one transaction; in force when this returns.

        Raises InputRefused, in words for the admin, where it may not be set, and LedgerError where it is
        not stored; then nothing changes.
        """
        base = self._settings.communities.get(change.community)
        if base is None:
            raise InputRefused("there is no such community here", field="community")
        if change.value is not None:
            self._check(base, change.key, change.value)
        elif change.key not in set(AdminKey):
            raise _never(change.key)
        row_id = self._new_id()
        await ledger.transact(lambda conn: _store(conn, row_id, change))
        await self.refresh(ledger)

    def _over(self, community: Community, name: str, key: str, text: str) -> Community:
        """One more setting laid over; what this installation no longer allows is left as it was below."""
        try:
            value = msgspec.json.decode(text, type=Value)
            self._check(self._settings.communities[name], key, value)
        except (msgspec.MsgspecError, InputRefused):
            log.warning("community_setting_left_out", key=key if key in set(AdminKey) else "unknown")
            return community
        return msgspec.structs.replace(community, **{key: value})

    def _check(self, base: Community, key: str, value: Value) -> None:
        """Raises InputRefused unless an admin may set `key` to `value` over what the operator set."""
        match key:
            case AdminKey.MODERATORS_MAY_HANDLE:
                _require(isinstance(value, bool), key, "Choose yes or no.")
            case AdminKey.NAME:
                _require(_is_name(value), key, f"A name has 1 to {NAME_AT_MOST} visible characters.")
            case AdminKey.COUNTRY:
                known = value == "" or value in COUNTRIES
                _require(known, key, "A country is two capital letters, such as GB. Empty: none is assumed.")
            case AdminKey.LANGUAGE:
                _require(self._is_language(value), key, "Lifebelt does not speak this language.")
            case AdminKey.QUICK_EXIT_URL:
                offered = value in {"", *self._settings.web.quick_exit_choices}
                _require(
                    offered, key, "Choose one of the pages offered: who runs a page sees who comes to it."
                )
            case AdminKey.DESK:
                _require(isinstance(value, str), key, "Choose one of the desks offered.")
                _check_desk(base, str(value), self._settings.desks)
            case _:
                raise _never(key)

    def _is_language(self, value: Value) -> bool:
        if self._languages is not None:
            return value in self._languages
        return isinstance(value, str) and is_language(value)


_LATEST_ROWS = sa.select(community_settings).where(
    community_settings.c.id.in_(
        sa.select(sa.func.max(community_settings.c.id)).group_by(
            community_settings.c.community, community_settings.c.key
        )
    )
)
_VALUE_BEFORE = (
    sa.select(community_settings.c.value)
    .where(community_settings.c.community == sa.bindparam("of_community"))
    .where(community_settings.c.key == sa.bindparam("of_key"))
    .order_by(community_settings.c.id.desc())
    .limit(1)
)


def _store(conn: sa.Connection, row_id: str, change: AdminChange) -> None:
    of = {"of_community": change.community, "of_key": change.key}
    before = conn.execute(_VALUE_BEFORE, of).scalar()
    value = None if change.value is None else msgspec.json.encode(change.value).decode()
    row = {
        "id": row_id,
        "community": change.community,
        "key": change.key,
        "value": value,
        "set_by": change.who,
        "set_at": change.at,
    }
    conn.execute(community_settings.insert(), row)
    detail = {"key": change.key, "before": before or "", "after": value or ""}
    record(
        conn,
        trail,
        Entry(at=change.at, who=change.who, action="community_set", target=change.community, detail=detail),
    )


def _check_desk(base: Community, wanted: str, desks: Mapping[str, Desk]) -> None:
    """An admin may choose another desk, never none, and never one that answers less than the operator's."""
    if wanted == base.desk:
        return
    desk = desks.get(wanted)
    if desk is None:
        raise _refused(AdminKey.DESK, "Choose one of the desks offered: reports cannot be left without one.")
    if desk.run_by_community:
        raise _refused(AdminKey.DESK, "Only the operator gives a community a desk that its own people run.")
    given = desks.get(base.desk)
    if desk.standing not in LIVE:
        raise _refused(AdminKey.DESK, "Only the operator gives a community a desk that nobody reads.")
    if given and given.standing is Standing.SPECIALIST and desk.standing is not Standing.SPECIALIST:
        raise _refused(AdminKey.DESK, "This desk is not staffed by specialists, and yours is.")


def _told(told: DutyTold, zone: str) -> Duty:
    """Hours are those of shifts that somebody accepted, and of no others."""
    if not told.who:
        return Duty(opens=_hour(told.opens, zone))
    usually = None if told.usually_minutes is None else _kindly(told.usually_minutes)
    named = ", ".join(told.who[:MOST_NAMED])[:NAME_AT_MOST]
    return Duty(on_duty=named, closes=_hour(told.until, zone), usually=usually)


def _hour(at: datetime | None, zone: str) -> str | None:
    """As somebody reads it off a clock in the desk's zone; None where no zone is configured."""
    return f"{at.astimezone(ZoneInfo(zone)):%-H:%M}" if at is not None and zone else None


def _kindly(minutes: int) -> int | None:
    """Rounded up to what people say; what takes over an hour is not said."""
    return next((step for step in _SAID if minutes <= step), None)


_SAID = (5, 10, 15, 20, 30, 45, 60)


def _is_name(value: Value) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= NAME_AT_MOST and value.isprintable()


def _require(good: bool, key: str, reason: str) -> None:  # noqa: FBT001 - the one thing it is about
    if not good:
        raise _refused(key, reason)


def _refused(key: str, reason: str) -> InputRefused:
    return InputRefused(reason, field=key)


def _never(key: str) -> InputRefused:
    field = key if key.isidentifier() else "key"
    return InputRefused("This is not for an admin to set; ask whoever runs Lifebelt here.", field=field)
