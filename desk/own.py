"""What the desk writes itself, sealed to its own keys: notes, messages, what was asked for.

One way for all of it. The header says what it is and where it belongs, so that nothing of one passes for
another, and none for evidence. Slow (it encrypts): in a thread, outside a transaction.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from core.errors import CannotOpen, Unopened
from core.evidence.keys import DeskKeys
from core.evidence.parts import PartHeader, PartKind
from core.evidence.sealing import SecretKey, open_part, seal
from core.ids import CommunityId, PartId, ReportId

_NOBODYS: Final = CommunityId("")


class Own(StrEnum):
    """What it is. It stands where a part has the hash of its draft: no draft's is this."""

    NOTE = "note"
    MESSAGE = "message"
    EXPORT = "export"
    REVIEW = "review"
    REQUEST = "subject"


def sealed(keys: DeskKeys, what: Own, id_: str, body: bytes, *, of: ReportId | None = None) -> bytes:
    """To the desk's present key and the recovery keys. `of`: the report or case that it belongs to."""
    return seal(body, _header(what, id_, of), keys.sealing)


def opened(
    keys: Sequence[SecretKey], what: Own, id_: str, lies: bytes, *, of: ReportId | None = None
) -> bytes:
    """Raises CannotOpen, also where it is another's."""
    header, body = open_part(lies, keys)
    if (header.draft, header.part, header.report) != (what, id_, of):
        raise CannotOpen("what the desk wrote elsewhere", why=Unopened.OTHER_REPORT)
    return body


def text_of(
    keys: Sequence[SecretKey], what: Own, id_: str, lies: bytes, *, of: ReportId | None = None
) -> str | None:
    """The same as text; None where no key opens it, or it is another's."""
    try:
        return opened(keys, what, id_, lies, of=of).decode()
    except CannotOpen:
        return None


def _header(what: Own, id_: str, of: ReportId | None) -> PartHeader:
    return PartHeader(draft=what, part=PartId(id_), kind=PartKind.SUPPLEMENT, community=_NOBODYS, report=of)
