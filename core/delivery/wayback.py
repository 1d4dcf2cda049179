"""Opens the identity that a desk returned with its news, with the road's own key, just to tell.

Nothing of it is stored or logged, and one that belongs to another report opens for nobody.
"""

from collections.abc import Callable, Sequence

import msgspec

from core.delivery.newsbox import Due
from core.errors import CannotOpen, Unopened
from core.evidence.canonical import decode
from core.evidence.parts import Identity, PartHeader, PartKind
from core.evidence.sealing import SecretKey, open_part
from core.ids import CommunityId


class WayBack(msgspec.Struct, frozen=True, kw_only=True):
    """Where one person can be reached."""

    platform: str
    community: CommunityId
    way_back: bytes
    """Empty: they are not to be reached."""

    def __repr__(self) -> str:
        return "WayBack(…)"


OpenIdentity = Callable[[Due], WayBack]
"""Raises SealError."""


def opener(keys: Callable[[], Sequence[SecretKey]]) -> OpenIdentity:
    """Opens with whatever `keys` gives at that moment; a rotation needs no restart."""

    def open_identity(due: Due) -> WayBack:
        header, body = open_part(due.identity or b"", keys())
        _check(header, due)
        identity = decode(body, Identity)
        return WayBack(platform=identity.platform, community=header.community, way_back=identity.way_back)

    return open_identity


def _check(header: PartHeader, due: Due) -> None:
    of_report = header.report in {None, due.report}
    of_draft = due.draft is None or header.draft == due.draft
    bound = header.report is not None or due.draft is not None
    if header.kind is not PartKind.IDENTITY or not (of_report and of_draft and bound):
        raise CannotOpen("the identity belongs to another report", why=Unopened.OTHER_REPORT)
