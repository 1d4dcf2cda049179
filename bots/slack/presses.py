"""What happens when somebody presses: capture, commit, open the view, acknowledge; the surroundings follow.

Remembers nothing that a restart may not take: each view carries the key of its draft. Every press is
acknowledged within three seconds, whatever it met.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

import msgspec

from bots.slack import inbound
from bots.slack.calling import BEHIND_S, WITHIN_S, Calls, Verdict
from bots.slack.doors import Door
from bots.slack.inbound import Json, Payload
from bots.slack.looking import BEHIND_S as LOOKED_AGAIN_S
from bots.slack.looking import Found, Inside, Looking, by_the_press
from bots.slack.names import Carried
from bots.slack.outbound import Renderer
from bots.slack.settings import PLATFORM
from bots.slack.showing import AFTER_ANSWER_S, NOTHING, Reply, Showing, replaced
from core.chat.conversing import Looked
from core.chat.following import Follower
from core.chat.memory import Memory
from core.chat.my_report import AGAIN, ANSWER, FIELD, SCREEN
from core.chat.talk import Places, ScreenPress, Talk
from core.chat.work import Begin
from core.clock import Clock
from core.delivery.screens import OpenScreens
from core.dialogue.model import Form, Place, Press, Say
from core.dialogue.texts import SOURCE_LANGUAGE, Texts
from core.errors import InputRefused
from core.evidence.drafts import DraftKey
from core.evidence.model import Transcript
from core.evidence.parts import Identity
from core.ids import CommunityId
from core.reports.model import YesNo
from core.reports.road import Opening, Road

CODE_FORM: Final = "my_reports"
WRITES_AGAIN: Final = timedelta(minutes=1)
"""Whoever writes to the app again so soon has the button before their eyes."""


class Presses:
    """The handlers, one object a process."""

    def __init__(
        self,
        *,
        talk: Talk,
        road: Road,
        places: Places,
        texts: Texts,
        renderer: Renderer,
        screens: OpenScreens,
        calls: Calls,
        showing: Showing,
        follower: Follower[Door],
        looking: Looking,
        clock: Clock,
        begin: Begin,
    ) -> None:
        """`begin` starts a task and owns it."""
        self._talk = talk
        self._road = road
        self._places = places
        self._texts = texts
        self._renderer = renderer
        self._screens = screens
        self._calls = calls
        self._showing = showing
        self._follower = follower
        self._looking = looking
        self._clock = clock
        self._begin = begin
        self._written: Memory[bool] = Memory(clock, WRITES_AGAIN)

    # What a person may begin with.

    async def report(self, told: Payload) -> Reply:
        """`/report`, the shortcut, a button: nothing was pressed on; what was said here last is around it."""
        return await self._report(told) if await self._is_new(told) else NOTHING

    async def report_message(self, told: Payload) -> Reply:
        """The message as this very press carried it, committed before anything is asked."""
        if not await self._is_new(told):
            return NOTHING
        message = told.message or {}
        author = inbound.author_of(message)
        found = await self._found(told, author)
        if self._place(told).desk is None:
            return await self._begun(told, found, None, YesNo.NO)
        transcript = inbound.reported(
            message,
            found.people,
            inbound.reporter_of(found.people[told.user]),
            channel=inbound.room_name(told),
            now=self._clock.now(),
        )
        return await self._begun(told, found, transcript, found.staff(author))

    async def advice(self, told: Payload) -> Reply:
        """What to do now, and from there to everything else."""
        return await self._advice(told) if await self._is_new(told) else NOTHING

    async def begin(self, told: Payload, way: str) -> Reply:
        """A button in the page of the app or in a message of ours: report, help, advice, my_reports, hide."""
        if not await self._is_new(told):
            return NOTHING
        match way:
            case "report":
                key = _key_of(told.action_value)
                return await (self._report(told) if key is None else self._go_on(told, key))
            case "advice":
                return await self._advice(told)
            case "my_reports":
                return await self._code_form(told)
            case "hide":
                return await self._showing.hide_aside(told)
            case _:
                return await self.helped(told)

    # What may be pressed on a view.

    async def pressed(self, told: Payload) -> Reply:
        """An element of a view, or its submit. What the one did stands there; the other is answered anew."""
        if not told.submits and not await self._is_new(told):
            return NOTHING
        self._showing.pressed_on(told)
        carried = told.carried
        if carried is None:
            return await self.helped(told)
        if carried.screen == CODE_FORM and told.submits:
            return await self._look_up(told)
        if carried.screen in {CODE_FORM, SCREEN, ANSWER}:
            return await self._on_my_report(told, carried)
        press = inbound.pressed(told, carried)
        async with self._talk.turn(carried.key, press.press.button):
            return await self._answer(told, carried, press)

    async def closed(self, told: Payload, *, all_of_it: bool) -> Reply:
        """They closed a view: nothing comes back to it. `all_of_it`: what stood under it, too."""
        carried = told.carried
        gone = [told.view_id, *([told.under] if all_of_it and told.under else [])]
        for view in gone:
            self._begin(self._screens.forget(Door(view=view).name))
        whole = carried is not None and (all_of_it or not told.under)
        self._showing.left(carried.key if whole and carried else None, *gone)
        return NOTHING

    async def helped(self, told: Payload) -> Reply:
        """What is shown where all else fails: the danger exit, from files alone."""
        if not told.trigger:
            return NOTHING  # Slack told of it by itself: nobody pressed, and nothing can be opened
        place = self._place(told)
        shown, identity = self._road.help_beside(place), self._identity(told)
        if told.view is None or told.view.get("type") == "home":
            return await self._showing.opened(told, place, shown, identity)
        self._showing.left(None if told.carried is None else told.carried.key, told.view_id)
        reply, _ = await self._showing.put(told, place, shown, identity)
        return reply

    # What Slack tells of by itself.

    async def home(self, told: Payload, stands: str) -> None:
        """Somebody opened the page of the app. `stands`: what the page says of itself, if there is one."""
        place = self._place(told)
        view = self._renderer.home(self._road.welcome(place), place.language)
        if stands == view["private_metadata"]:
            return
        args = {"user_id": told.user, "view": view}
        answer = await self._calls.make("views.publish", args, ends=told.came + WITHIN_S)
        if answer.verdict is Verdict.AGAIN:
            self._begin(self._behind("views.publish", args, told.came + BEHIND_S))

    async def written(self, told: Payload) -> None:
        """Somebody wrote to the app: the button is the answer, and no word of theirs is taken over here."""
        self._written.forget_old()
        if told.channel in self._written:
            return
        message = self._renderer.written(self._place(told).language)
        args = {"channel": told.channel, **message, "unfurl_links": False, "unfurl_media": False}
        self._written.keep(told.channel, value=True)
        answer = await self._calls.make("chat.postMessage", args, ends=told.came + WITHIN_S)
        if answer.verdict is Verdict.AGAIN:
            self._begin(self._behind("chat.postMessage", args, told.came + BEHIND_S))

    async def is_new_event(self, event: str) -> bool:
        """Whether Slack tells of this for the first time, as far as anybody knows."""
        return self._talk.is_new(f"event {event}") and await self._talk.is_ours(f"event {event}")

    def event_answered(self, event: str) -> None:
        self._talk.answered(f"event {event}")

    def answered(self, told: Payload) -> None:
        """It is done with, for every process."""
        if told.trigger:
            self._talk.answered(told.trigger)

    # How.

    async def _is_new(self, told: Payload) -> bool:
        """Whether this is no repetition, here or in another process: each press has a trigger of its own."""
        if not told.trigger:
            return True
        return self._talk.is_new(told.trigger) and await self._talk.is_ours(told.trigger)

    async def _found(self, told: Payload, author: str) -> Found:
        """What Slack says at once of who pressed, of the author, and of the channel."""
        if self._place(told).desk is None:
            return Found(people={told.user: by_the_press(told)})
        return await self._looking.at_press(told, author)

    async def _begun(self, told: Payload, found: Found, transcript: Transcript | None, staff: YesNo) -> Reply:
        place = self._place(told, found.inside)
        opening = Opening(place=place, transcript=transcript, subject_is_staff=staff)
        shown = await self._talk.open(opening)
        reply = await self._showing.opened(told, place, shown, self._identity(told))
        if place.desk is not None:
            self._begin(self._read_surroundings(told, place, shown.key, found, staff))
        return reply

    async def _report(self, told: Payload) -> Reply:
        found = await self._found(told, "")
        return await self._begun(told, found, None, YesNo.NO)

    async def _advice(self, told: Payload) -> Reply:
        place = self._place(told)
        return await self._showing.opened(told, place, self._road.advice(place), self._identity(told))

    async def _go_on(self, told: Payload, key: DraftKey) -> Reply:
        """With a draft whose view did not open: what was captured for it is there."""
        place = self._place(told, self._looking.inside(told.channel))
        press = ScreenPress(key=key, press=Press(screen="first", button="back"))
        shown = await self._talk.answer(press, place, self._identity(told))
        return await self._showing.opened(told, place, shown, self._identity(told))

    async def _read_surroundings(
        self, told: Payload, place: Place, key: DraftKey, found: Found, staff: YesNo
    ) -> None:
        """Committed right behind; a screen says no word about it that would have to wait for it."""
        message = told.message if not told.action else None
        history = await self._history(told, found, message)
        author = inbound.author_of(message or {})
        at_last = await self._staff_at_last(author, staff)
        if not history and at_last is staff:
            return
        authors = (inbound.author_of(each) for each in history)
        people = {**found.people, **await self._looking.people([told.user, *authors])}
        late = inbound.surroundings(
            history,
            people,
            inbound.reporter_of(people[told.user]),
            on=inbound.stamp_of(message or {}),
            channel=inbound.room_name(told),
            now=self._clock.now(),
        )
        await self._road.late(key, place, late if history else None, subject_is_staff=at_last)

    async def _history(self, told: Payload, found: Found, message: Json | None) -> Sequence[Json]:
        if not told.channel or found.inside in {Inside.NO, Inside.NEVER}:
            return ()
        if message is not None:
            return await self._looking.around(told.channel, message)
        return await self._looking.latest(told.channel, self._clock.now())

    async def _staff_at_last(self, author: str, staff: YesNo) -> YesNo:
        """Who it is about, where Slack did not say within the moment there was before the answer."""
        if staff is not YesNo.NOT_SURE or not author:
            return staff
        return Found(people=await self._looking.people([author], LOOKED_AGAIN_S)).staff(author)

    async def _answer(self, told: Payload, carried: Carried, press: ScreenPress) -> Reply:
        place = self._place(told, carried=carried)
        before = self._showing.left(carried.key, told.view_id, told.under)
        shown = await self._talk.answer(press, place, self._identity(told))
        reply, changed = await self._showing.shown(told, place, shown, self._identity(told))
        if not changed and before is not None:
            self._follower.follow(before, self._begin)
        return reply

    async def _behind(self, method: str, args: dict[str, Any], ends: float) -> None:
        await self._calls.make(method, args, ends=ends)

    # My reports.

    async def _code_form(self, told: Payload) -> Reply:
        place = self._place(told)
        opened = await self._showing.view_opened(told, self._renderer.code_form(place.language))
        return NOTHING if opened else await self._showing.aside(told, place, None)

    async def _look_up(self, told: Payload) -> Reply:
        place = self._place(told)
        typed = inbound.typed(told, FIELD)
        looked = await self._talk.my_report.found(place, typed, f"{told.team}/{told.user}")
        return await self._show_report(told, place, looked)

    async def _on_my_report(self, told: Payload, carried: Carried) -> Reply:
        """A press on what became of a report, or its form."""
        press = inbound.pressed(told, carried).press
        if press.button == AGAIN:
            self._showing.note(told.view_id)
            return replaced(self._renderer.code_form(self._place(told).language))
        if press.button == "help" or carried.screen == CODE_FORM:
            return await self.helped(told)
        place = self._place(told)
        who = f"{told.team}/{told.user}"
        looked = await self._talk.my_report.pressed(place, carried.key, press, who)
        return await self._show_report(told, place, looked)

    async def _show_report(self, told: Payload, place: Place, looked: Looked) -> Reply:
        """Once it stands there, the desk is told what was shown of its words."""
        shown, identity = looked.shown, self._identity(told)
        if isinstance(shown.screen, Form):
            reply, _ = await self._showing.shown(told, place, shown, identity)
            return reply
        reply, stands = await self._showing.put(told, place, shown, identity, looked.lines)
        if stands and reply:
            self._begin(_after_the_answer(looked.seen))
        elif stands:
            looked.seen()
        return reply

    # Where, and who.

    def _place(self, told: Payload, inside: Inside = Inside.NEVER, carried: Carried | None = None) -> Place:
        """The community as it is settled; a workspace that nobody gave a desk has help and nothing else."""
        community = CommunityId(told.team)
        settled = self._places.get(community)
        account = self._looking.known(told.user)
        language = account.language if account is not None and account.language else None
        if settled is None or settled.platform != PLATFORM:
            name = told.team_name or self._texts.say(Say("slack-here"), language or SOURCE_LANGUAGE)
            place = self._places.elsewhere(community, name, PLATFORM, language=language or SOURCE_LANGUAGE)
            return self._run_by(place)
        around = inside in {Inside.YES, Inside.NOT_KNOWN}
        place = self._places.place(
            community,
            language=language,
            knows_accounts=True,
            reads_around=around if carried is None else carried.reads_around,
            may_be_let_in=inside is Inside.NO if carried is None else carried.may_be_let_in,
        )
        return self._run_by(place)

    def _run_by(self, place: Place) -> Place:
        """On Slack somebody always controls the app: where nobody is named, whoever runs the workspace."""
        if place.app_run_by:
            return place
        said = Say("slack-run-by", {"community": place.community_name})
        return msgspec.structs.replace(place, app_run_by=self._texts.say(said, place.language))

    def _identity(self, told: Payload) -> Identity:
        return inbound.identity_of(told, self._looking.known(told.user))


async def _after_the_answer(seen: Callable[[], None]) -> None:
    """What an answer to a submit puts there stands a moment later, which nobody tells us."""
    await asyncio.sleep(AFTER_ANSWER_S)
    seen()


def _key_of(value: str | None) -> DraftKey | None:
    try:
        return None if value is None else DraftKey.parse(value)
    except InputRefused:
        return None
