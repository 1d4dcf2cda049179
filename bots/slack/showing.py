"""Gets a screen before somebody's eyes: opened, pushed above another, put in its place, or told beside it.

What a press is acknowledged with comes from here. A view that Slack takes no change of now is changed behind
the answer; one that did not open leaves help beside the press. Decides nothing about reports.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from bots.slack.calling import BEHIND_S, OTHER_STANDS, WITHIN_S, Answer, Calls, Verdict
from bots.slack.doors import EXTERNAL, Door, Doors
from bots.slack.inbound import Payload
from bots.slack.outbound import Carry, Renderer, View
from bots.slack.settings import PLATFORM
from core.chat.following import Changed, Followed, Follower
from core.chat.work import Begin
from core.delivery.screens import OpenScreens
from core.dialogue.model import Card, Form, Place
from core.evidence.drafts import DraftKey, draft_id
from core.evidence.parts import Identity
from core.reports.road import Road, Shown
from core.reports.told import ToldLine

Reply = Mapping[str, Any]
"""What a press is acknowledged with: nothing, the next view, or words beside a command."""
NOTHING: Final[Reply] = {}
EXTERNAL_BYTES: Final = 16
ASIDE_S: Final = 2.9
"""Nothing is acknowledged later than this after it came."""
MOST_VIEWS: Final = 10_000
AFTER_ANSWER_S: Final = 1.0
"""What an answer puts there is changed only once it surely stands."""


class Showing:
    """One object a process."""

    def __init__(
        self,
        *,
        road: Road,
        renderer: Renderer,
        screens: OpenScreens,
        calls: Calls,
        doors: Doors,
        follower: Follower[Door],
        begin: Begin,
    ) -> None:
        """`begin` starts a task and owns it."""
        self._road = road
        self._renderer = renderer
        self._screens = screens
        self._calls = calls
        self._doors = doors
        self._follower = follower
        self._begin = begin
        self._catching_up: dict[str, asyncio.Task[None]] = {}
        self._soon: dict[str, Followed[Door]] = {}
        self._latest: dict[str, str] = {}

    # A new view.

    async def opened(self, told: Payload, place: Place, shown: Shown, identity: Identity) -> Reply:
        """A screen of its own, above whatever they were looking at; else help beside the press."""
        view = self._view(place, shown)
        door = await self.view_opened(told, view)
        if door is None:
            return await self.aside(told, place, shown.key)
        self._follow(place, shown, door, identity)
        return NOTHING

    async def view_opened(self, told: Payload, view: View) -> Door | None:
        """Open this view; the way to it, or None where Slack did not open it. Noted before it stands."""
        door = self._new_door()
        args = {"trigger_id": told.trigger, "view": {**view, "external_id": door.external}}
        answer = await self._calls.make("views.open", args, ends=told.came + WITHIN_S)
        if answer.verdict is not Verdict.GIVEN:
            return None
        if told.beside:
            await self.hide_aside(told)
        return self._named(door, answer)

    async def aside(self, told: Payload, place: Place, key: DraftKey | None) -> Reply:
        """Help that only who pressed can see, where no view opened."""
        message = self._renderer.aside(self._road.help(place), key, place.language)
        if told.command:
            return message
        if told.response_url:
            message = {**message, "replace_original": told.beside}
            posted = await self._calls.post(told.response_url, message, ends=told.came + ASIDE_S)
            if posted is Verdict.AGAIN:
                self._begin(self._post_behind(told, message))
        return NOTHING

    async def hide_aside(self, told: Payload) -> Reply:
        """What stood beside an earlier press goes: it led somewhere, or they hide it."""
        self._begin(self._post_behind(told, {"delete_original": True}))
        return NOTHING

    # What stands already.

    async def shown(
        self, told: Payload, place: Place, shown: Shown, identity: Identity
    ) -> tuple[Reply, bool]:
        """The next screen after a press on a view; and whether something else stands there now."""
        if isinstance(shown.screen, Form):
            return NOTHING, await self._form(told, place, shown, shown.screen)
        if shown.screen.id == "hidden":
            return await self._hidden(told, place), True
        return await self.put(told, place, shown, identity)

    async def put(
        self,
        told: Payload,
        place: Place,
        shown: Shown,
        identity: Identity,
        lines: tuple[ToldLine, ...] = (),
    ) -> tuple[Reply, bool]:
        """A card where the press was: as the answer to a submit, else by a change of the view.

        What was submitted above another view closes into that one; a button changes the view it is on.
        """
        view = self._view(place, shown, lines)
        if told.submits and told.under and await self._changed(told, Door(view=told.under), view):
            self._follow(place, shown, Door(view=told.under), identity)
            self._begin(self._screens.forget(Door(view=told.view_id).name))
            return NOTHING, True  # the form above it closes
        door = Door(view=told.view_id)
        if told.submits:
            self._follow_soon(place, shown, door, identity)
            return replaced(view), True
        answer = await self._changed_at(told, door, view)
        if answer.error == OTHER_STANDS and answer.verdict is Verdict.REFUSED:
            return NOTHING, False  # somebody pressed since, and that is what is shown
        if answer.verdict is Verdict.REFUSED and not shown.state.beside:
            return await self.put(told, place, self._road.help_beside(place), identity)
        if answer.verdict is Verdict.AGAIN:
            self._catch_up(door, view, told.stood)
        there = answer.verdict in {Verdict.GIVEN, Verdict.AGAIN}
        if there:
            self._follow(place, shown, door, identity)
        return NOTHING, there

    def left(self, key: DraftKey | None, *views: str) -> Followed[Door] | None:
        """Somebody presses there, or closed it: no change of before may overwrite what comes.

        What was followed there, or about to be, if anything.
        """
        soon = None
        for view in views:
            self._let_go(view)
            soon = self._soon.pop(view, None) or soon
        followed = None if key is None else self._follower.leave(draft_id(key))
        return followed or soon

    def end(self) -> None:
        """Nothing that was about to be followed is waited for."""
        for view in tuple(self._soon):
            self.left(None, view)

    async def change(self, one: Followed[Door], shown: Shown, told: tuple[ToldLine, ...]) -> Changed:
        """How a screen that is followed is changed here."""
        view = self._view(one.place, shown, told)
        ends = asyncio.get_running_loop().time() + WITHIN_S
        answer = await self._doors.change(one.door, view, ends=ends)
        return _CAME_OF_IT[answer.verdict]

    def note(self, view: str) -> None:
        """That a view stands open, or was pressed on just now."""
        self._note(Door(view=view))

    async def _form(self, told: Payload, place: Place, shown: Shown, form: Form) -> bool:
        """A form opens above the card; where no more fits above it, in its place. Whether that is gone."""
        view, door = self._renderer.form(form, Carry.of(shown, place), place.language), self._new_door()
        ends = told.came + WITHIN_S
        args = {"trigger_id": told.trigger, "view": {**view, "external_id": door.external}}
        answer = await self._calls.make("views.push", args, ends=ends)
        if answer.verdict is Verdict.GIVEN:
            self._named(door, answer)
            return False
        alone = self._renderer.form(form, Carry.of(shown, place), place.language, alone=not told.under)
        changed = await self._doors.change(Door(view=told.view_id), alone, ends=ends)
        self.note(told.view_id)
        return changed.verdict is Verdict.GIVEN

    async def _hidden(self, told: Payload, place: Place) -> Reply:
        """Emptied at once, or where Slack takes no change now, in its time; who pressed closes it."""
        closed, door = self._renderer.closed(place.language), Door(view=told.view_id)
        if told.submits:
            self._begin(self._screens.forget(door.name))
            return replaced(closed)
        answer = await self._doors.change(door, closed, ends=told.came + WITHIN_S)
        if answer.verdict in {Verdict.GIVEN, Verdict.GONE}:
            self._begin(self._screens.forget(door.name))
        return NOTHING

    async def _post_behind(self, told: Payload, body: Mapping[str, Any]) -> None:
        """Beside the press, as soon as Slack takes it: it does so for half an hour."""
        ends = asyncio.get_running_loop().time() + BEHIND_S
        await self._calls.post(told.response_url, body, ends=ends)

    def pressed_on(self, told: Payload) -> None:
        """From now on this is the latest press on its view."""
        self._latest.pop(told.view_id, None)
        self._latest[told.view_id] = told.trigger
        if len(self._latest) > MOST_VIEWS:
            del self._latest[next(iter(self._latest))]

    async def _changed_at(self, told: Payload, door: Door, view: View) -> Answer:
        """The view as it was pressed on; as it stands, if only we ourselves changed it since."""
        ends = told.came + WITHIN_S
        answer = await self._doors.change(door, view, ends=ends, stood=told.stood)
        other = answer.error == OTHER_STANDS and answer.verdict is Verdict.REFUSED
        if not other or self._latest.get(told.view_id, told.trigger) != told.trigger:
            return answer
        return await self._doors.change(door, view, ends=ends)

    async def _changed(self, told: Payload, door: Door, view: View) -> bool:
        answer = await self._doors.change(door, view, ends=told.came + WITHIN_S)
        return answer.verdict is Verdict.GIVEN

    def _view(self, place: Place, shown: Shown, told: tuple[ToldLine, ...] = ()) -> View:
        assert isinstance(shown.screen, Card)  # noqa: S101 - forms are pushed, not put
        return self._renderer.card(shown.screen, Carry.of(shown, place), place.language, told)

    def _catch_up(self, door: Door, view: View, stood: str) -> None:
        """Slack takes no change now: it is made as soon as it does, unless somebody presses before that."""
        self._behind(door.view, self._caught_up(door, view, stood))

    def _behind(self, view: str, work: Coroutine[Any, Any, None]) -> None:
        """One such work a view; a later one takes its place."""
        self._let_go(view)
        task = self._catching_up[view] = self._begin(work)
        task.add_done_callback(lambda done: self._drop(view, done))

    def _let_go(self, view: str) -> None:
        task = self._catching_up.pop(view, None)
        if task is not None:
            task.cancel()

    def _drop(self, view: str, done: asyncio.Task[None]) -> None:
        if self._catching_up.get(view) is done:
            del self._catching_up[view]

    async def _caught_up(self, door: Door, view: View, stood: str) -> None:
        ends = asyncio.get_running_loop().time() + BEHIND_S
        await self._doors.change(door, view, ends=ends, stood=stood)

    def _follow_soon(self, place: Place, shown: Shown, door: Door, identity: Identity) -> None:
        """Once the answer that puts it there has arrived, which nobody tells us."""
        self._behind(door.view, self._followed_soon(door.view))
        self._soon[door.view] = Followed(place=place, shown=shown, door=door, identity=identity)
        self._note(door)

    async def _followed_soon(self, view: str) -> None:
        await asyncio.sleep(AFTER_ANSWER_S)
        soon = self._soon.pop(view, None)
        if soon is not None:
            self._follower.follow(soon, self._begin)

    def _follow(self, place: Place, shown: Shown, door: Door, identity: Identity) -> None:
        followed = Followed(place=place, shown=shown, door=door, identity=identity)
        self._follower.follow(followed, self._begin)
        self._note(door)

    def _new_door(self) -> Door:
        """The way to a view that is about to open, by our own name of it; its noting is begun before."""
        door = Door(external=EXTERNAL + secrets.token_urlsafe(EXTERNAL_BYTES))
        self._note(door)
        return door

    def _named(self, door: Door, answer: Answer) -> Door:
        """The way to a view that was opened, by Slack's own id where its receipt arrived."""
        view: Any = answer.data.get("view")
        found = view.get("id") if isinstance(view, dict) else None
        if not isinstance(found, str):
            return door
        named = Door(view=found)
        self._begin(self._noted(named, instead=door))
        return named

    def _note(self, door: Door) -> None:
        """That it stands open. Nobody's next press waits for a ledger that is slow to take this."""
        self._begin(self._noted(door))

    async def _noted(self, door: Door, instead: Door | None = None) -> None:
        """Begun before it is shown, so that a kill in between hardly leaves one; then by the view it is."""
        await self._screens.note(door.name, PLATFORM, door.pack())
        if instead is not None and instead.external:
            await self._screens.forget(instead.name)


_CAME_OF_IT: Final = {
    Verdict.GIVEN: Changed.GIVEN,
    Verdict.AGAIN: Changed.AGAIN,
    Verdict.REFUSED: Changed.LEFT,
    Verdict.GONE: Changed.GONE,
}


def replaced(view: View) -> Reply:
    """The answer to a submit that puts this view in its place."""
    return {"response_action": "update", "view": view}
