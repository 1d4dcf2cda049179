"""What road and desk say to each other, as types: signed POSTs of JSON under /api/v1.

Every request is signed as Standard Webhooks 1.0.0 has it (`webhook-id`, `webhook-timestamp`,
`webhook-signature` over `id.timestamp.body`), plus `lifebelt-road`: the road whose secret signed it.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from core.evidence.parts import PartKind
from core.ids import CommunityId, DeskName, ItemId, PartId, ReportId
from core.reports.model import Standing

API = "/api/v1"
DELIVERIES = f"{API}/deliveries"
NEWS = f"{API}/news"
NEWS_ACKNOWLEDGED = f"{API}/news/acknowledged"
STATUS = f"{API}/status"
OPENAPI = f"{API}/openapi.json"
ROAD_HEADER = "lifebelt-road"
MAX_BODY = 1_000_000  # bytes; what is larger is refused with 413
MAX_SKEW_S = 300


class ItemKind(StrEnum):
    REPORT = "report"
    PART = "part"  # surroundings that were committed after Send
    SUPPLEMENT = "supplement"


class WirePart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: PartId
    kind: PartKind
    sealed: bytes  # base64 in JSON


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One report, late part or supplement; `item` equals the `webhook-id`. The same bytes at each attempt."""

    item: ItemId
    kind: ItemKind
    report: ReportId
    draft: str  # SHA-256 of the draft's key: what the parts are bound to
    community: CommunityId
    platform: str
    desk: DeskName
    standing: Standing
    urgent: bool  # P0, by the rules in core; all that is in clear about what was said
    sent_at: datetime
    parts: tuple[WirePart, ...]


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """202: committed at the desk. The same for a repetition."""

    item: ItemId
    received_at: datetime


class NewsKind(StrEnum):
    RECEIVED = "received"
    READ = "read"


class NewsItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    report: ReportId
    kind: NewsKind
    at: datetime
    identity: bytes | None = None  # the part sealed to the road, returned with each item


class NewsAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Long poll: answered at once where there is unacknowledged news, else after `wait_s` at most."""

    wait_s: float = 25.0  # 0…30
    limit: int = 100  # 1…500


class NewsTold(msgspec.Struct, frozen=True, kw_only=True):
    news: tuple[NewsItem, ...]


class NewsAcknowledged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: tuple[str, ...]


class StatusAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reference: str


class StatusTold(msgspec.Struct, frozen=True, kw_only=True):
    """What a reference may show: times, and nothing that was said. Unknown and foreign look the same."""

    known: bool
    received_at: datetime | None = None
    read_at: datetime | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """What every error answer carries: a stable code, and one sentence for whoever runs the road."""

    code: str
    message: str
