"""The road's statements, made once. Each may run twice: ids derive from the draft, what is there stays."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, literal
from sqlalchemy.dialects.postgresql import Insert, insert  # ON CONFLICT reads the same on every engine here

from core.delivery.model import OutboxState
from core.delivery.wire import ItemKind
from core.ledger.columns import UtcTime
from core.ledger.road import answers, drafts, outbox, parts, reports


def _draft() -> Insert:
    return insert(drafts).values(
        id=bindparam("draft"),
        community=bindparam("community"),
        state=bindparam("state"),
        created_at=bindparam("at", type_=UtcTime),
        updated_at=bindparam("at", type_=UtcTime),
    )


def _keep_draft() -> Insert:
    new = _draft()
    return new.on_conflict_do_update(
        index_elements=[drafts.c.id],
        set_={"state": new.excluded.state, "updated_at": new.excluded.updated_at},
    )


def _sent(*, desk_is_other: bool = False) -> sa.Exists:
    found = sa.select(literal(1)).where(reports.c.draft == bindparam("draft"))
    if desk_is_other:
        found = found.where(reports.c.desk != bindparam("desk"))
    return sa.exists(found)


def _delivered_already() -> sa.Exists:
    """The outbox row stays when the parts are gone: a repetition must not bring them back."""
    return sa.exists(sa.select(literal(1)).where(outbox.c.item == bindparam("item")))


def _ignoring(new: Insert) -> Insert:
    return new.on_conflict_do_nothing()


_PART_COLUMNS = ["id", "draft", "desk", "kind", "item", "sealed", "created_at"]


def _part_row(item: sa.ColumnElement[str | None]) -> sa.Select[*tuple[Any, ...]]:
    return sa.select(
        bindparam("part", type_=sa.String),
        bindparam("draft", type_=sa.String),
        bindparam("desk", type_=sa.String),
        bindparam("kind", type_=sa.String),
        item,
        bindparam("sealed", type_=sa.LargeBinary),
        bindparam("at", type_=UtcTime),
    )


_ITEM_COLUMNS = [
    "item",
    "report",
    "kind",
    "destination",
    "urgent",
    "state",
    "attempts",
    "fence",
    "fault",
    "due_at",
    "created_at",
]
_NEW_ITEM: tuple[sa.ColumnElement[Any], ...] = (
    literal(OutboxState.READY.value),
    literal(0),
    literal(0),
    literal(""),
    bindparam("at", type_=UtcTime),
    bindparam("at", type_=UtcTime),
)
"""Of a row from the state on: due at once."""

START_DRAFT = _ignoring(_draft())
"""draft, community, state, at."""

KEEP_DRAFT = _keep_draft()
"""draft, community, state, at."""

READ_DRAFT = sa.select(drafts.c.id, drafts.c.state).where(
    drafts.c.id.in_([bindparam("of_draft"), bindparam("of_press"), bindparam("of_late")])
)
READ_STATE = sa.select(drafts.c.state).where(drafts.c.id == bindparam("of_draft")).with_for_update()
READ_SENT = sa.select(reports.c.desk, reports.c.sent_at).where(reports.c.draft == bindparam("of_draft"))

CAPTURE_PART = _ignoring(
    insert(parts).from_select(
        _PART_COLUMNS,
        _part_row(sa.case((_sent(), bindparam("part", type_=sa.String)), else_=sa.null())).where(
            ~_sent(desk_is_other=True),
            ~sa.exists(sa.select(literal(1)).where(outbox.c.item == bindparam("part"))),
        ),
    )
)
"""part, draft, desk, kind, sealed, at. Before Send it waits for it; after Send it is an item of its own."""

CAPTURED_LATE = _ignoring(
    insert(outbox).from_select(
        _ITEM_COLUMNS,
        sa.select(
            bindparam("part", type_=sa.String),
            reports.c.id,
            literal(ItemKind.PART.value),
            reports.c.desk,
            reports.c.urgent,
            *_NEW_ITEM,
        ).where(reports.c.draft == bindparam("draft"), reports.c.desk == bindparam("desk")),
    )
)
"""part, draft, desk, at. Puts a late part into the outbox, if its report was sent to this desk."""

SEND_REPORT = _ignoring(
    insert(reports).values(
        id=bindparam("item"),
        draft=bindparam("draft"),
        community=bindparam("community"),
        platform=bindparam("platform"),
        desk=bindparam("desk"),
        standing=bindparam("standing"),
        urgent=bindparam("urgent"),
        reference_tag=bindparam("reference_tag"),
        may_push=bindparam("may_push"),
        sent_at=bindparam("at", type_=UtcTime),
    )
)

SEND_PART = _ignoring(
    insert(parts).from_select(
        _PART_COLUMNS, _part_row(bindparam("item", type_=sa.String)).where(~_delivered_already())
    )
)
"""part, draft, desk, kind, sealed, at, item. Stands before SEND_ITEM in the same change."""

SEND_CAPTURED = (
    sa.update(parts)
    .where(
        parts.c.draft == bindparam("of_draft"), parts.c.desk == bindparam("of_desk"), parts.c.item.is_(None)
    )
    .values(item=bindparam("with_item"))
)

MAY_PUSH = (
    sa.update(reports).where(reports.c.draft == bindparam("of_draft")).values(may_push=bindparam("wanted"))
)
"""of_draft, wanted."""

DROP_OTHER_DESKS = sa.delete(parts).where(
    parts.c.draft == bindparam("of_draft"), parts.c.desk != bindparam("of_desk")
)

SEND_ITEM = _ignoring(
    insert(outbox).values(
        item=bindparam("item"),
        report=bindparam("report"),
        kind=bindparam("kind"),
        destination=bindparam("desk"),
        urgent=bindparam("urgent"),
        state=OutboxState.READY.value,
        attempts=0,
        fence=0,
        fault="",
        due_at=bindparam("at", type_=UtcTime),
        created_at=bindparam("at", type_=UtcTime),
    )
)


def _answered() -> sa.Exists:
    return sa.exists(sa.select(literal(1)).where(answers.c.item == bindparam("item")))


ANSWER_PART = _ignoring(
    insert(parts).from_select(
        _PART_COLUMNS, _part_row(bindparam("item", type_=sa.String)).where(~_answered())
    )
)
"""part, draft, desk, kind, sealed, at, item. These three stand in this order in one change."""

ANSWER_ITEM = _ignoring(
    insert(outbox).from_select(
        _ITEM_COLUMNS,
        sa.select(
            bindparam("item", type_=sa.String),
            bindparam("report", type_=sa.String),
            literal(ItemKind.SUPPLEMENT.value),
            bindparam("desk", type_=sa.String),
            bindparam("urgent", type_=sa.Boolean),
            *_NEW_ITEM,
        ).where(~_answered()),
    )
)
"""item, report, desk, urgent, at."""

ANSWER = _ignoring(
    insert(answers).values(
        item=bindparam("item"),
        form=bindparam("form"),
        report=bindparam("report"),
        draft=bindparam("draft"),
        community=bindparam("community"),
        platform=bindparam("platform"),
        desk=bindparam("desk"),
        standing=bindparam("standing"),
        sent_at=bindparam("at", type_=UtcTime),
    )
)
"""From then on the same answer changes nothing, for as long as this row is kept."""

ANSWERED_IN = sa.select(literal(1)).where(answers.c.form == bindparam("of_form")).limit(1)
TO_ANSWER = sa.select(
    reports.c.id, reports.c.draft, reports.c.community, reports.c.platform, reports.c.desk, reports.c.standing
).where(reports.c.reference_tag == bindparam("by_tag"))

_STATUS = sa.select(
    reports.c.urgent,
    reports.c.sent_at,
    reports.c.delivered_at,
    reports.c.read_at,
    reports.c.message_at,
    reports.c.desk,
)
STATUS_BY_TAG = _STATUS.where(reports.c.reference_tag == bindparam("by_tag"))
STATUS_BY_DRAFT = _STATUS.where(reports.c.draft == bindparam("of_draft"))
STATUS_BY_ITEM = _STATUS.join(outbox, outbox.c.report == reports.c.id).where(
    outbox.c.item == bindparam("of_item")
)
"""Known only once that very report, late part or supplement is stored."""
