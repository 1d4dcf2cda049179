"""Somebody on Discord who uses the app: what they press, and the private screen that stands before them."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from simcord.actors import MemberActor, MessageLike
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bots.discord.custom_ids import CustomId, parse
from core.dialogue.model import Say
from core.evidence.drafts import DraftKey
from core.ids import ReportId
from core.reports.packing import report_id
from tests.discord_payloads import Component, walk
from tests.discord_server import Server
from tests.web_room import TEXTS

CODE: Final = re.compile(r"LB(?:-[0-9A-Z]{4}){3}-[0-9A-Z]")
SELECT: Final = 3


async def nobody_says(_pressed: InteractionResult) -> None:
    await asyncio.Event().wait()


@dataclass(kw_only=True)
class Child:
    """One member of one server, in one channel."""

    discord: Server
    member: MemberActor
    channel: ChannelHandle
    last: InteractionResult | None = None
    """What came of the last press."""
    screen: ResponseMessage | None = None
    """The private message that stands open."""
    heard: list[InteractionResult] = field(default_factory=list)
    over: Callable[[InteractionResult], Coroutine[Any, Any, object]] = nobody_says
    """Ends when no answer to this press will come any more, where anybody can say that."""

    # What they do.

    async def report(self) -> "Child":
        return await self._do(lambda: self.member.slash(self.channel, "report"))

    async def report_message(self, message: MessageLike) -> "Child":
        return await self._do(lambda: self.member.context_menu(self.channel, "Report message", message))

    async def report_person(self, person: MemberActor) -> "Child":
        return await self._do(lambda: self.member.context_menu(self.channel, "Report this person", person))

    async def my_reports(self, code: str) -> "Child":
        """Look a code up."""
        await self._do(lambda: self.member.slash(self.channel, "my-reports"))
        return await self.fill(reference=code)

    async def press(self, button: str) -> "Child":
        """A button, by its id in the dialogue."""
        name = self.id_of(button=button)
        return await self._do(lambda: self.member.click(self._open(), custom_id=name))

    async def choose(self, question: str, value: str) -> "Child":
        """An answer, on a button of its own or from a list."""
        try:
            name = self.id_of(question=question, value=value)
        except LookupError:
            listed = self.id_of(question=question)
            return await self._do(lambda: self.member.select(self._open(), [value], custom_id=listed))
        return await self._do(lambda: self.member.click(self._open(), custom_id=name))

    async def decide(self, question: str, value: str) -> "Child":
        return await self.choose(question, value)

    async def fill(self, **values: str) -> "Child":
        """Fill in the form that was opened, and send it."""
        form = self.last
        assert form is not None
        return await self._do(lambda: self.member.submit_modal(form, values))

    async def tell(self, **values: str) -> "Child":
        """Through "Tell more first" to the choices, with this said."""
        await self.press("more" if "more" in self.buttons else "add")
        return await self.fill(**values)

    async def press_named(self, custom_id: str) -> "Child":
        """A component by its id, whatever that is."""
        return await self._do(lambda: self.member.click(self._open(), custom_id=custom_id))

    async def press_unknown(self, name: str) -> "Child":
        """The danger exit, where the screen has this other id for it."""
        self.rename("help", name)
        return await self.press_named(name)

    def rename(self, button: str, custom_id: str) -> None:
        """The screen has another id there, as one of another version might."""
        name = self.id_of(button=button)
        for part in walk(self.discord.backend.messages[self.channel.id][self._open().id].components):
            if part.get("custom_id") == name:
                part["custom_id"] = custom_id  # type: ignore[index]

    # What they see.

    @property
    def answered(self) -> bool:
        return self.last is not None and self.last.acknowledged

    @property
    def form(self) -> dict[str, Any] | None:
        return None if self.last is None else self.last.modal

    @property
    def stands(self) -> bool:
        """Whether the screen is still there."""
        return self.screen is not None and self.screen.id in self.discord.backend.messages[self.channel.id]

    @property
    def gone(self) -> bool:
        """Whether nothing is left of it, but perhaps that it is closed."""
        return not self.stands or self.words == TEXTS.say(Say("discord-closed"), "en")

    @property
    def prefilled(self) -> bool:
        """Whether anything stands in the form that was opened."""
        assert self.form is not None
        fields = [part["component"] for part in self.form["components"] if "component" in part]
        return any(field.get("value") for field in walk(fields))

    @property
    def components(self) -> list[dict[str, Any]]:
        return self.screen.components if self.screen is not None and self.stands else []

    @property
    def flat(self) -> list[Component]:
        """Every component, whatever it stands in."""
        return list(walk(self.components))

    @property
    def words(self) -> str:
        """All that can be read on the screen."""
        return "\n".join(words_in(self.components))

    @property
    def ids(self) -> list[CustomId]:
        found = [parse(part["custom_id"]) for part in walk(self.components) if "custom_id" in part]
        return [each for each in found if each is not None]

    @property
    def buttons(self) -> set[str]:
        return {each.button for each in self.ids if each.button is not None}

    @property
    def chosen(self) -> set[str]:
        """What stands chosen in the lists of the screen."""
        options = [option for part in self.flat for option in part.get("options", ())]
        return {option["value"] for option in options if option.get("default")}

    @property
    def key(self) -> DraftKey:
        return self.ids[0].key

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
        """The id of one component. LookupError where it is not there."""
        for part in walk(self.components):
            found = parse(part.get("custom_id", ""))
            if found and (found.button, found.question, found.value) == (button, question, value):
                return str(part["custom_id"])
        raise LookupError(button or question)

    # How.

    def _open(self) -> ResponseMessage:
        assert self.screen is not None
        return self.screen

    async def _do(self, act: Callable[[], Coroutine[Any, Any, InteractionResult]]) -> "Child":
        """Press, and wait until it is answered, or the line is gone on which it was told."""
        told = len(self.discord.pressed)
        result = await self.discord.do(act)
        assert len(self.discord.pressed) > told
        self.last = result
        self.heard.append(result)
        answered = self.discord.until(lambda: result.acknowledged or not self.discord.connected)
        await first_of(answered, self.over(result))
        if result.response is not None:
            self.screen = result.response
        return self


async def first_of(*ways: Coroutine[Any, Any, object]) -> None:
    """Until one of these has ended."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


def words_in(components: list[dict[str, Any]]) -> Iterator[str]:
    for part in walk(components):
        for name in ("content", "label", "placeholder", "description", "title", "url"):
            if isinstance(part.get(name), str):
                yield part[name]
        for option in part.get("options", ()):
            yield from (
                option[name] for name in ("label", "description") if isinstance(option.get(name), str)
            )
