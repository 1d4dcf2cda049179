"""Somebody on Slack who uses the app: what they press, and the modal that stands before them."""

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from core.dialogue.model import Say
from core.evidence.drafts import DraftKey
from core.ids import ReportId
from core.reports.packing import report_id
from tests.slack_payloads import elements, words
from tests.slack_server import Channel, Delivery, Json, Message, Person, Server, View
from tests.web_room import TEXTS

CODE: Final = re.compile(r"LB(?:-[0-9A-Z]{4}){3}-[0-9A-Z]")
CALLBACK: Final = re.compile(r"lb1\.(?P<screen>[a-z_]+)\.(?P<submit>[a-z_]+|-)")
KEY: Final = re.compile(r"lb1\.([A-Za-z0-9_-]{22})\.")
BUTTON: Final = re.compile(r"b\.(?P<button>[a-z_]+)(\.\d+)?")
FORMS: Final = frozenset({"more", "my_reports", "answer"})


async def acked(_pressed: Delivery) -> None:
    """The ack was enough."""


@dataclass(kw_only=True)
class Child:
    """One member of one workspace, in one channel."""

    slack: Server
    person: Person
    channel: Channel
    last: Delivery | None = None
    """Their last press, and what came of it."""
    heard: list[Delivery] = field(default_factory=list)
    over: Callable[[Delivery], Coroutine[Any, Any, object]] = acked
    """Ends when nothing that this press changes is still to come. Waited for once the press is acked."""

    # What they do.

    async def report(self) -> "Child":
        return await self._do(self.slack.command(self.person, self.channel, "/report"))

    async def advice(self) -> "Child":
        return await self._do(self.slack.command(self.person, self.channel, "/advice"))

    async def report_message(self, message: Message) -> "Child":
        return await self._do(self.slack.message_shortcut(self.person, "report_message", message))

    async def get_help(self) -> "Child":
        return await self._do(self.slack.shortcut(self.person, "get_help"))

    async def open_home(self) -> "Child":
        return await self._do(self.slack.open_home(self.person))

    async def home_press(self, name: str) -> "Child":
        """One of the ways in on App Home, which is opened first."""
        await self.open_home()
        assert self.person.home is not None, "nothing was published"
        return await self._do(self.slack.press(self.person, f"open.{name}", on=self.person.home))

    async def write_to_app(self, text: str) -> "Child":
        return await self._do(self.slack.write(self.person, text))

    async def message_press(self, name: str) -> "Child":
        """One of the ways in on the last message of the app that they can see."""
        return await self._do(self.slack.press(self.person, f"open.{name}", on=self.messages[-1]))

    async def my_reports(self, code: str) -> "Child":
        """Look a code up."""
        await self.home_press("my_reports")
        return await self.fill(reference=code)

    async def press(self, button: str) -> "Child":
        """A button, by its id in the dialogue: on the modal, or one of the modal's own two."""
        if button in self._inner:
            return await self.press_named(self.id_of(button=button))
        if button == self._submit:
            return await self._do(self.slack.submit(self.person))
        if button == self._close:
            return await self.close()
        raise LookupError(button)

    async def choose(self, question: str, value: str) -> "Child":
        """An answer: on a button of its own, from a list that is told at once, or for the next press."""
        try:
            return await self.press_named(self.id_of(question=question, value=value))
        except LookupError:
            action = self.id_of(question=question)
        block, _ = self._top.find(action)
        if block["type"] != "input":
            return await self._do(self.slack.press(self.person, action, value=value))
        self._top.put(action, value)
        return self

    async def decide(self, question: str, value: str) -> "Child":
        """An answer, and the modal's own button where that tells it."""
        before = self.last
        await self.choose(question, value)
        return self if self.last is not before else await self._do(self.slack.submit(self.person))

    async def fill(self, **values: str) -> "Child":
        """Fill in the form that was opened, and send it."""
        assert self.form is not None, self.words
        for question, value in values.items():
            self._top.put(self.id_of(question=question), value)
        return await self._do(self.slack.submit(self.person))

    async def tell(self, **values: str) -> "Child":
        """Through "Tell more first" to the choices, with this said."""
        await self.press("more" if "more" in self.buttons else "add")
        return await self.fill(**values)

    async def close(self) -> "Child":
        """The close button of whatever stands on top."""
        return await self._do(self.slack.close(self.person))

    async def press_named(self, action: str) -> "Child":
        """An element by its id, whatever that is."""
        return await self._do(self.slack.press(self.person, action))

    async def press_unknown(self, name: str) -> "Child":
        """The danger exit of a modal that says this of itself."""
        self._top.body["callback_id"] = name
        return await self.press_named(self.id_of(button="help"))

    def rename(self, button: str, action: str) -> None:
        """The screen has another id there, as one of another version might."""
        _, element = self._top.find(self.id_of(button=button))
        element["action_id"] = action

    # What they see.

    @property
    def answered(self) -> bool:
        return self.last is not None and self.last.acked

    @property
    def view(self) -> Json | None:
        """The modal on top, as it was sent."""
        return None if self.person.view is None else self.person.view.body

    @property
    def screen(self) -> str | None:
        """The screen of the dialogue that it says it is; None for what is none."""
        found = self._callback
        return None if found is None else found["screen"]

    @property
    def form(self) -> Json | None:
        return self.view if self.screen in FORMS else None

    @property
    def stands(self) -> bool:
        """Whether a screen of ours is there; one that was closed says nothing of itself."""
        return self.screen is not None

    @property
    def gone(self) -> bool:
        return not self.stands

    @property
    def prefilled(self) -> bool:
        """Whether any words stand in the form that was opened."""
        assert self.form is not None
        fields = [element for _, element in elements(self._top.blocks)]
        return any(field.get("initial_value") for field in fields)

    @property
    def chosen(self) -> set[str]:
        """What stands chosen in the lists of the modal."""
        answers = [each for block in self._top.values().values() for each in block.values()]
        return {each["selected_option"]["value"] for each in answers if each.get("selected_option")}

    @property
    def messages(self) -> list[Message]:
        """What the app wrote that they can see, the last one last."""
        places = (self.person.team.im(self.person), self.channel)
        seen = [each for place in places for each in place.messages if each.only_for in {None, self.person}]
        own = [each for each in seen if each.author is self.person.team.bot and not each.deleted]
        return sorted(own, key=lambda message: float(message.ts))

    @property
    def words(self) -> str:
        """All that can be read on the modal."""
        return "\n".join(words(self.view)) if self.view is not None else ""

    @property
    def buttons(self) -> set[str]:
        """Buttons of the dialogue, the modal's own two among them."""
        return self._inner | {each for each in (self._submit, self._close) if each is not None}

    @property
    def key(self) -> DraftKey:
        found = KEY.match(self._top.body["private_metadata"])
        assert found is not None
        return DraftKey.parse(found[1])

    @property
    def report_id(self) -> ReportId:
        return report_id(self.key)

    @property
    def code(self) -> str | None:
        found = CODE.search(self.words)
        return found[0] if found else None

    @property
    def gives_help(self) -> bool:
        """The number, the child line and the silent way of the country, all on this screen."""
        return all(word in self.words for word in ("999", "0800 1111", "childline.org.uk", "55"))

    def says(self, key: str) -> bool:
        return TEXTS.say(Say(key), "en") in self.words

    def id_of(
        self, *, button: str | None = None, question: str | None = None, value: str | None = None
    ) -> str:
        """The id of one element. LookupError where it is not there."""
        name = f"o.{question}.{value}" if value is not None else f"q.{question}"
        for action in self._actions:
            found = BUTTON.fullmatch(action)
            if (found is not None and found["button"] == button) or (button is None and action == name):
                return action
        raise LookupError(button or name)

    # How.

    @property
    def _top(self) -> View:
        assert self.person.view is not None, "no modal stands open"
        return self.person.view

    @property
    def _actions(self) -> list[str]:
        blocks = self.person.view.blocks if self.person.view is not None else []
        return [element["action_id"] for _, element in elements(blocks)]

    @property
    def _inner(self) -> set[str]:
        found = (BUTTON.fullmatch(action) for action in self._actions)
        return {each["button"] for each in found if each is not None}

    @property
    def _callback(self) -> re.Match[str] | None:
        return CALLBACK.fullmatch((self.view or {}).get("callback_id", ""))

    @property
    def _submit(self) -> str | None:
        found = self._callback
        if found is None or self.view is None or "submit" not in self.view or found["submit"] == "-":
            return None
        return found["submit"]

    @property
    def _close(self) -> str | None:
        if self.view is None or "close" not in self.view or self.screen is None:
            return None
        said = self.view["close"]["text"]
        return next(
            (each for each in ("hide", "back") if said == TEXTS.say(Say(f"button-{each}"), "en")), None
        )

    async def _do(self, act: Coroutine[Any, Any, Delivery | None]) -> "Child":
        """Press, and wait until it is acked, or the line is gone; then until it is over."""
        delivery = await act
        if delivery is not None:
            self.last = delivery
            self.heard.append(delivery)
            await self.over(delivery)
        return self
