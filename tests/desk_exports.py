"""Two people of a desk who export a case: for tests of packs."""

from typing import Any

from core.evidence.sealing import SecretKey, unlock_file
from core.ids import ReportId
from desk.pack.making import Pages as PackPages
from desk.pack.model import Purpose
from desk.pack.service import Packing, Wanted


class Exporting:
    """Ann asks, Ben agrees, and one of them takes it."""

    def __init__(self, packing: Packing, pages: PackPages, police: SecretKey) -> None:
        self.packing = packing
        self.pages = pages
        self.police = police

    async def asked(self, report: ReportId, **other: Any) -> str:
        how: dict[str, Any] = {
            "purpose": Purpose.POLICE,
            "name": "DC Jones",
            "reason": "they asked",
            "recipient": self.police.public,
            "alone": False,
        }
        await self.packing.ask(report, Wanted(**how | other), by="Ann")
        found = await self.packing.of_case(report)
        assert found is not None
        return max(found.exports, key=lambda each: each.id).id

    async def agreed(self, report: ReportId, **other: Any) -> str:
        which = await self.asked(report, **other)
        await self.packing.answer(report, which, by="Ben", agrees=True)
        return which

    async def taken(self, report: ReportId, which: str, by: str = "Ann", passphrase: str = "") -> bytes:
        return await self.packing.take(report, which, by=by, passphrase=passphrase, pages=self.pages)

    async def pack(self, report: ReportId, **other: Any) -> bytes:
        """The archive, unlocked."""
        locked = await self.taken(report, await self.agreed(report, **other))
        return unlock_file(locked, [self.police])
