"""What each address of the public pages does: read the request, ask the road, render the answer.

Decides nothing else. No address carries a key, and no answer but help waits for less than the road promises.
"""

import asyncio
import json
import re
import secrets
from collections.abc import Mapping
from typing import Final, Protocol

import structlog
from aiohttp import web  # noqa: TID251 - a room returns an Application

from bots.web import inbound
from bots.web.headers import origins_only, page_headers
from bots.web.outbound import STATIC, HelpView, Pages, View
from bots.web.settings import PLATFORM, WebSettings
from bots.web.throttle import address_of
from core.clock import Clock
from core.dialogue.model import Card, Limit, Outcome, Place
from core.dialogue.questions import length
from core.errors import InputRefused, LifebeltError, ReferenceInvalid, TooLarge
from core.evidence.transcript import from_site
from core.ids import CommunityId
from core.reports.conversation import Written
from core.reports.lookups import LookUps
from core.reports.model import Standing
from core.reports.reference import parse_reference
from core.reports.road import Opening, Road, Shown
from core.reports.told import Told, ToldLine, lines, numbers
from core.settings.model import Community

log = structlog.get_logger(__name__)

FORM: Final = "application/x-www-form-urlencoded"
FORM_BYTES: Final = 16
"""What is random about a form in which somebody answers."""
_FAULTS: Final = {"too-large": 413, "refused": 400, "unknown": 404, "broken": 500}
"""Page and HTTP status."""
REFUSED: Final = "Lifebelt-Refused"
"""The name of the field for which something was refused: for whoever makes the page around, never content."""
_FIELD = re.compile(r"[A-Za-z-]{1,40}")
IN_DOUBT: Final = frozenset({Outcome.STORING, Outcome.UNKNOWN})
"""A card with one of these looks again by itself; a form that is being filled in is left alone."""
TOLD_WITHIN: Final = 1.5
"""Seconds that a screen waits for what became of its report; then it is shown without."""


class Places(Protocol):
    """The communities, as they are settled now; answers with the ledger down."""

    def get(self, community: CommunityId) -> Community | None: ...
    def place(self, community: CommunityId) -> Place: ...


class Countries(Protocol):
    """The countries whose numbers are known."""

    @property
    def countries(self) -> tuple[str, ...]: ...


class Unknown(LifebeltError):
    """No community of ours, or nothing at this address."""

    code = "unknown_page"


class Routes:
    """The handlers. One object a process; keeps nothing between two requests."""

    def __init__(
        self,
        *,
        road: Road,
        places: Places,
        countries: Countries,
        pages: Pages,
        look_ups: LookUps,
        clock: Clock,
        settings: WebSettings,
    ) -> None:
        self._road = road
        self._places = places
        self._countries = countries
        self._pages = pages
        self._look_ups = look_ups
        self._clock = clock
        self._settings = settings
        self._button = _button_script(pages.button_words())
        self._faults = {name: self._fault_page(name) for name in _FAULTS}

    def add_to(self, app: web.Application) -> None:
        """Put every address onto `app`, which stands at the root of the public listener."""
        app.add_routes(
            [
                web.get("/", self.start),
                web.get("/report/{community}", self.first),
                web.post("/report/{community}", self.answer),
                web.post("/report/{community}/evidence", self.evidence),
                web.post("/report/{community}/told", self.told),
                web.get("/help", self.help_anywhere),
                web.post("/help", self.help_anywhere),
                web.get("/help/{community}", self.help),
                web.post("/help/{community}", self.help),
                web.get("/my-report", self.my_report),
                web.post("/my-report", self.look_up),
                web.get("/hidden", self.hidden),
                web.get("/button.js", self.button),
                web.static("/static", STATIC),
            ]
        )

    async def start(self, _request: web.Request) -> web.Response:
        """The practice room in practice; else a page that says where the button is."""
        community = self._settings.practice_community
        if community is None:
            return _page(self._pages.plain(self._nowhere(), "start"))
        html = self._pages.practice(self._places.place(community), self._clock.now())
        return _page(html, page_headers(shows_frames=True))

    async def first(self, request: web.Request) -> web.Response:
        """The first screen. Nothing is stored until something is captured or pressed."""
        place = self._place(request)
        return await self._screen(place, self._road.first(place), None)

    async def answer(self, request: web.Request) -> web.Response:
        """A press on a screen: always the next screen, with help on it, whatever is broken."""
        place = self._place(request)
        sent = inbound.pressed(inbound.read_form(await _body(request, inbound.FORM_BYTES)))
        key = sent.key or self._road.first(place).key
        shown = await self._road.answer(key, place, sent.press, carried=sent.carried, was_sent=sent.sent)
        if shown.screen.id == "hidden":
            return _page(self._pages.nothing(place.language))
        return await self._screen(place, shown, sent.country)

    async def evidence(self, request: web.Request) -> web.Response:
        """A conversation that a page handed over: committed before the first question is answered."""
        place = self._place(request)
        sent = inbound.handed(await _body(request, inbound.EVIDENCE_BYTES, kind="application/json"))
        if sent.origin not in self._may_hand_over(request, place):
            raise InputRefused("this page may not hand over a conversation", field="origin")
        # In a thread: a page may hand over a megabyte, and nobody else's danger exit may wait for that.
        transcript = await asyncio.to_thread(from_site, sent.conversation, sent.origin, self._clock.now())
        if sent.late:
            return web.json_response(
                {"stored": await self._road.late(sent.key, place, transcript)}, headers=page_headers()
            )
        shown = await self._road.press(Opening(place=place, transcript=transcript), sent.key)
        return await self._screen(place, shown, None)

    async def told(self, request: web.Request) -> web.Response:
        """Only the lines of what became of the report, for the script on the open screen."""
        place = self._place(request)
        sent = inbound.pressed(inbound.read_form(await _body(request, inbound.FORM_BYTES)))
        if sent.key is None:
            raise InputRefused("no key", field="key")
        told = self._lines(await self._road.status_of(sent.key), place, sent.country)
        return _page(self._pages.told(told, place.language))

    async def help(self, request: web.Request) -> web.Response:
        """The danger exit: from files alone, and it sends nothing. What was typed travels along."""
        return await self._help(request, self._place(request), known=True)

    async def help_anywhere(self, request: web.Request) -> web.Response:
        return await self._help(request, self._nowhere(), known=False)

    async def my_report(self, _request: web.Request) -> web.Response:
        return _page(self._pages.my_report(self._nowhere()))

    async def look_up(self, request: web.Request) -> web.StreamResponse:
        """What became of a report, by its reference. A wrong check symbol is caught before any look-up."""
        fields = inbound.read_form(await _body(request, inbound.FORM_BYTES))
        match fields.get("button"), inbound.answering(fields):
            case "answer", inbound.Answering() as answering:
                return self._answer_form(answering)
            case "send", inbound.Answering() as answering:
                return await self._answer(request, answering)
        return await self._look_up(request, fields)

    async def _look_up(self, request: web.Request, fields: Mapping[str, str]) -> web.StreamResponse:
        try:
            reference = parse_reference(fields.get("reference", ""))
        except ReferenceInvalid:
            return self._my_report_fault("wrong" if fields.get("reference", "").strip() else "empty", 200)
        if not await self._may_look_up(request):
            return self._my_report_fault("slow", 429)
        told, place = await self._road.status(reference), self._nowhere()
        page = self._pages.my_report(
            place,
            told=self._lines(told, place, None),
            reference=reference if told.known or not told.asked else "",
            answers=told.answer_to is not None,
        )
        if not told.messages:
            return _page(page)
        shown = _page(page)
        if await _given(request, shown):
            self._road.say_shown(reference, told, told.messages)
        return shown

    async def _may_look_up(self, request: web.Request) -> bool:
        """Count it against where it comes from."""
        address = address_of(request.remote or "", request.headers.get("X-Forwarded-For", ""))
        return await self._look_ups.allowed(address)

    def _answer_form(self, answering: inbound.Answering, fault: str | None = None) -> web.Response:
        """Where what the desk wrote is answered. What was written before travels along, and is not shown."""
        try:
            reference = parse_reference(answering.reference)
        except ReferenceInvalid:
            return self._my_report_fault("wrong", 200)
        place = self._nowhere()
        form = answering.form or secrets.token_urlsafe(FORM_BYTES)
        kept = inbound.Answering(reference=reference, form=form, text=answering.text)
        return _page(self._pages.answer(place, self._road.answer_form(place), kept.fields, fault=fault))

    async def _answer(self, request: web.Request, answering: inbound.Answering) -> web.Response:
        """Stored before the page says that it is sent; until then its words travel in the page."""
        if not answering.form:
            return self._answer_form(answering)
        if not answering.text or length(answering.text) > Limit.TEXT:
            fault = "too-long" if answering.text else "no-answer"
            return self._answer_form(answering, f"conversation-{fault}")
        try:
            reference = parse_reference(answering.reference)
        except ReferenceInvalid:
            return self._my_report_fault("wrong", 200)
        written = Written(reference=reference, form=answering.form, text=answering.text)
        may_ask = await self._may_look_up(request)
        outcome = await self._road.conversation.answer(written, may_ask=may_ask)
        place, stored = self._nowhere(), outcome is Outcome.STORED
        hidden = {"reference": reference} if stored else answering.fields
        card = self._road.answered(place, outcome)
        return _page(self._pages.answered(place, card, hidden, stored=stored))

    async def hidden(self, _request: web.Request) -> web.Response:
        return _page(self._pages.nothing("en"))

    async def button(self, _request: web.Request) -> web.Response:
        """The script for other people's pages."""
        return web.Response(
            text=self._button,
            content_type="text/javascript",
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"},
        )

    def fault(self, error: LifebeltError | None) -> web.Response:
        """A kind page for whatever went wrong, with help on it."""
        name = _fault_of(error)
        field = error.field if isinstance(error, InputRefused) else None
        refused = {REFUSED: field} if field and _FIELD.fullmatch(field) else {}
        return _page(self._faults[name], page_headers() | refused, status=_FAULTS[name])

    def _fault_page(self, name: str) -> str:
        """Made at the start: what is shown when something breaks must not break."""
        place = self._nowhere()
        return self._pages.plain(place, name, card=self._road.help(place))

    async def _screen(self, place: Place, shown: Shown, country: str | None) -> web.Response:
        country = shown.state.country or country
        told = await self._told(place, shown, country)
        view = View(
            place=place,
            screen=shown.screen,
            key=shown.key,
            unstored=shown.unstored,
            stored=shown.stored,
            sent=shown.state.reference is not None,
            country=country,
            told=told,
            polls=bool(told),
            looks=isinstance(shown.screen, Card) and shown.state.outcome in IN_DOUBT,
            outcome=shown.state.outcome,
            numbers=numbers(self._road.help(place, country)),
            origins=self._framed_by(place),
        )
        return _page(self._pages.screen(view), page_headers(self._framed_by(place)))

    async def _told(self, place: Place, shown: Shown, country: str | None) -> tuple[ToldLine, ...]:
        """For the open screen of a report that was sent; without it if nobody can say in time."""
        if shown.screen.id not in TELLS or shown.state.reference is None:
            return ()
        try:
            async with asyncio.timeout(TOLD_WITHIN):
                told = await self._road.status_of(shown.key)
        except (LifebeltError, TimeoutError):
            log.warning("report_status_not_known")
            return ()
        return self._lines(told, place, country) if told.known else ()

    def _lines(self, told: Told, place: Place, country: str | None) -> tuple[ToldLine, ...]:
        help_card = self._road.help(place, country)
        return lines(told, self._clock.now(), self._settings.unread_after, help_card)

    async def _help(self, request: web.Request, place: Place, *, known: bool) -> web.Response:
        fields = inbound.read_form(await _body(request, inbound.FORM_BYTES))
        sent = inbound.pressed(fields)
        country = inbound.country_code(request.query.get("country", "")) or sent.country or place.country
        view = HelpView(
            place=place,
            card=self._road.help(place, country, beside=sent.sent),
            country=country,
            countries=self._countries.countries,
            key=sent.key,
            was=sent.press,
            carried=sent.carried_text,
            sent=sent.sent,
            answering=None if known else inbound.answering(fields),
            known=known,
        )
        return _page(self._pages.help(view), page_headers(self._framed_by(place)))

    def _my_report_fault(self, name: str, status: int) -> web.Response:
        return _page(self._pages.my_report(self._nowhere(), fault=f"my-report-{name}"), status=status)

    def _place(self, request: web.Request) -> Place:
        community = CommunityId(request.match_info["community"])
        settled = self._places.get(community)
        if settled is None or settled.platform != PLATFORM:
            raise Unknown("no such community")
        return self._places.place(community)

    def _nowhere(self) -> Place:
        """Where no community is known: no desk, no country, and all the help there is."""
        practice = self._settings.practice_community is not None
        return Place(
            community=CommunityId(""),
            community_name="",
            platform=PLATFORM,
            standing=Standing.PRACTICE if practice else Standing.NONE,
            desk=None,
            desk_name="",
        )

    def _framed_by(self, place: Place) -> tuple[str, ...]:
        """The exact origins configured; in practice also our own pages."""
        settled = self._places.get(place.community)
        own = ("'self'",) if place.community == self._settings.practice_community else ()
        return own + origins_only(settled.origins if settled else ())

    def _may_hand_over(self, request: web.Request, place: Place) -> tuple[str, ...]:
        own = f"{request.url.scheme}://{request.host}"
        return tuple(own if origin == "'self'" else origin for origin in self._framed_by(place))


async def _given(request: web.Request, page: web.Response) -> bool:
    """Send the whole page now; false where nobody took it."""
    try:
        await page.prepare(request)
        await page.write_eof()
    except ConnectionError:
        return False
    return True


def _page(html: str, headers: Mapping[str, str] | None = None, *, status: int = 200) -> web.Response:
    return web.Response(
        text=html, content_type="text/html", charset="utf-8", status=status, headers=headers or page_headers()
    )


TELLS = frozenset({"sent", "help"})
"""Screens that say what became of the report: where somebody waits after Send, and after "Yes, now"."""
BODY_WITHIN_S = 60
"""A line may be slow; one that says nothing more must not keep a place that others need."""


async def _body(request: web.Request, at_most: int, *, kind: str = FORM) -> bytes:
    """The body, read no further than `at_most` bytes. Raises InputRefused, TooLarge."""
    if not request.body_exists:
        return b""
    if request.content_type != kind:
        raise InputRefused(f"expected {kind}", field="content-type")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > at_most:
                    raise TooLarge("more than this place takes")
    except TimeoutError:
        raise InputRefused("it did not come in time") from None
    return bytes(body)


def _fault_of(error: LifebeltError | None) -> str:
    match error:
        case TooLarge():
            return "too-large"
        case InputRefused():
            return "refused"
        case Unknown():
            return "unknown"
        case _:
            return "broken"


def _button_script(words: Mapping[str, Mapping[str, str]]) -> str:
    """The script with its words put in, as JSON that no quote can break out of."""
    source = (STATIC / "button.js").read_text(encoding="utf-8")
    return source.replace('"%WORDS%"', json.dumps(words, ensure_ascii=True).replace("</", "<\\/"))
