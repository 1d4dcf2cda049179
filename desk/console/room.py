"""What every page of the console is made from, in one value. Built once; holds nothing of a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.clock import Clock
from core.evidence.keys import DeskKeys
from core.ids import CommunityId, ReportId
from core.ledger.port import Ledger
from core.reports.categories import Categories
from core.signals.port import Signals
from desk.care.model import Care
from desk.casework.outcomes import Outcomes
from desk.console.assets import Assets
from desk.console.cookies import Cookies
from desk.console.routes import Route
from desk.console.words import Pages
from desk.duties.catalogue import Laws
from desk.model import CaseRecord, Opened, Page, Scope
from desk.queue import WHOLE, Asked
from desk.ranks import Targets
from desk.review.model import Review
from desk.rota.running import RotaRun
from desk.staff.accounts import Staff
from desk.staff.provider import Provider
from desk.talk.questions import Question


class DeskRooms(Protocol):
    """As much of the desk as its screen uses; `desk.service.DeskService` has it all."""

    @property
    def ledger(self) -> Ledger: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def keys(self) -> DeskKeys: ...
    @property
    def targets(self) -> Targets: ...
    @property
    def rota(self) -> RotaRun: ...

    async def queue(
        self, scope: Scope, *, after: str | None = None, limit: int = 50, only: Asked = WHOLE
    ) -> Page: ...

    async def case(self, scope: Scope, report: ReportId) -> CaseRecord | None: ...

    async def look(self, scope: Scope, report: ReportId, *, by: str) -> Opened | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    desk: DeskRooms
    scope: Scope
    """The one desk and standing this screen shows. Another desk has its own people and its own screen."""
    staff: Staff
    provider: Provider | None
    """By whom people may sign in besides; None: by passwords and passkeys alone."""
    pages: Pages
    assets: Assets
    cookies: Cookies
    categories: Categories
    outcomes: Outcomes
    questions: tuple[Question, ...]
    """What a message to a young person may begin with."""
    laws: Laws
    care: Care
    review: Review
    community_name: Callable[[CommunityId], str]
    origin: str
    """The public origin of this listener, where it is known; else what the browser says it reached."""
    routes: Mapping[str, Route]
    """By their names."""
    open_paths: frozenset[str]
    """Exact paths that the front door serves on this listener and guards itself."""


CONSOLE = web.AppKey("console", Console)
