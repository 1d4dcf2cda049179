"""What road and desk say to each other, as types: signed POSTs of JSON under /api/v1.

Every request is signed as Standard Webhooks 1.0.0 has it (`webhook-id`, `webhook-timestamp`,
`webhook-signature` over `id.timestamp.body`), plus `lifebelt-road`: the road whose secret signed it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, ItemId, PartId, ReportId
from core.reports.model import Category, Priority, Standing

API = "/api/v1"
DELIVERIES = f"{API}/deliveries"
NEWS = f"{API}/news"
NEWS_ACKNOWLEDGED = f"{API}/news/acknowledged"
STATUS = f"{API}/status"
MESSAGES_READ = f"{API}/messages/read"
OPENAPI = f"{API}/openapi.json"
ROAD_HEADER = "lifebelt-road"
MAX_BODY = 1_000_000  # bytes; what is larger is refused with 413
MAX_SKEW_S = 300

# What the desk's decoder holds every field to; making one of these in Python checks nothing.
_ID = Meta(min_length=1, max_length=32, pattern="^[0-9A-Za-z_-]+$")
_DIGEST = Meta(min_length=64, max_length=64, pattern="^[0-9a-f]+$")
_NAME = Meta(min_length=1, max_length=64, pattern="^[0-9A-Za-z_.-]+$")
_PLACE = Meta(min_length=1, max_length=256, pattern=r"^[^\x00-\x1F\x7F]+$")  # a platform's own id or path
_BASE64 = Meta(
    min_length=1,
    extra_json_schema={"pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"},
)
_AWARE = Meta(tz=True)
PARTS_AT_MOST = 50


class ItemKind(StrEnum):
    REPORT = "report"
    PART = "part"  # surroundings that were committed after Send
    SUPPLEMENT = "supplement"


class WirePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Annotated[PartId, _ID]
    kind: PartKind
    sealed: Annotated[bytes, _BASE64]  # base64 in JSON


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One report, late part or supplement; `item` equals the `webhook-id`. The same bytes at each attempt."""

    item: Annotated[ItemId, _ID]
    kind: ItemKind
    report: Annotated[ReportId, _ID]
    draft: Annotated[str, _DIGEST]  # SHA-256 of the draft's key: what the parts are bound to
    community: Annotated[CommunityId, _PLACE]
    platform: Annotated[str, _NAME]
    desk: Annotated[DeskName, _NAME]
    standing: Standing
    urgent: bool  # P0, by the rules in core; all that is in clear about what was said
    sent_at: Annotated[datetime, _AWARE]
    parts: Annotated[tuple[WirePart, ...], Meta(min_length=1, max_length=PARTS_AT_MOST)]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """202: committed at the desk. The same for a repetition."""

    item: ItemId
    received_at: datetime


class NewsKind(StrEnum):
    RECEIVED = "received"
    READ = "read"
    MESSAGE = "message"  # the desk wrote to them, or closed with words for them; what it says is fetched
    UNLOCK = "unlock"  # danger to life: the road is to seal the identity anew, to this desk
    RELEASED = "released"  # with their yes: this community's moderators may know that there is a case
    GO_AHEAD = "go_ahead"  # this community's moderators may act against the account now


class NewsItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    report: ReportId
    kind: NewsKind
    at: datetime
    identity: bytes | None = None  # the part sealed to the road, returned with each item
    category: Category | None = None  # of `released` and `go_ahead` only: all that moderators are told of it
    priority: Priority | None = None


class NewsAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Long poll: answered at once where there is unacknowledged news, else after `wait_s` at most."""

    wait_s: Annotated[float, Meta(ge=0, le=30)] = 25.0
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class DutyTold(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be named as being there, of one desk in one standing. Nobody: no name and no time is shown."""

    desk: DeskName
    standing: Standing
    who: tuple[str, ...] = ()  # as they want to be called before a young person
    usually_minutes: int | None = None  # within which most urgent reports of late were read
    until: datetime | None = None  # when the shift ends
    opens: datetime | None = None  # when the next accepted one begins


class NewsTold(msgspec.Struct, frozen=True, kw_only=True):
    news: tuple[NewsItem, ...]
    duty: tuple[DutyTold, ...] = ()  # of every desk that this road may send to, in every answer


class NewsAcknowledged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=500)]


class StatusAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reference: Annotated[str, Meta(max_length=64)]


class MessageTold(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk wrote to the one who reported. Shown when they press, and kept nowhere on the road."""

    id: str
    at: datetime
    text: str
    outcome: bool = False  # the words with which the case was closed


class AnswerTo(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer is sealed for and sent as: a supplement of this report, as the road itself sent it."""

    report: ReportId
    draft: str
    community: CommunityId
    platform: str
    desk: DeskName
    standing: Standing


class StatusTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference may show: times, and nothing that was said. Unknown and foreign look the same."""

    known: bool
    received_at: datetime | None = None
    read_at: datetime | None = None
    messages: tuple[MessageTold, ...] = ()  # oldest first
    answer_to: AnswerTo | None = None  # None: nothing can be added any more


class MessagesRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """They were shown on somebody's screen; answered 204, also where some are unknown."""

    reference: Annotated[str, Meta(max_length=64)]
    ids: Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=100)]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What every error answer carries: a stable code, and one sentence for whoever runs the road."""

    code: str
    message: str
