"""Every rendering as somebody has it before their eyes: what can be read, and what can be pressed there.

A press goes back only through what was rendered and the room's own reading of it, never past it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, Protocol, cast

import discord

from bots.discord import custom_ids, inbound
from bots.discord.outbound import Carry, Renderer
from bots.slack import inbound as slack_inbound
from bots.slack import outbound as slack_outbound
from bots.slack.names import button_of, option_of, question_of
from bots.web import inbound as web_inbound
from bots.web.outbound import Pages, View
from core.dialogue.model import Form, Place, Press, State
from core.evidence.drafts import DraftKey
from core.reports.road import Shown
from tests import slack_payloads
from tests.web_room import TEXTS, web_settings


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """What the room read from a press."""

    key: DraftKey
    press: Press
    carried: State | None
    was_sent: bool


@dataclass(frozen=True, kw_only=True)
class Way:
    """One thing that can be pressed, and the answers that may go with it: names to values, texts to None."""

    name: str
    what: Mapping[str, Any]
    answers: Mapping[str, Sequence[str] | None]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A screen on a platform."""

    words: str
    ways: tuple[Way, ...]


class Surface(Protocol):
    def render(self, place: Place, shown: Shown) -> Rendered: ...
    def press(self, way: Way, answers: Mapping[str, str]) -> Pressed: ...


class WebSurface:
    """Pages of plain forms: fields go back as a browser without script sends them."""

    def __init__(self) -> None:
        self._pages = Pages(TEXTS, web_settings(), lambda _community: "")

    def render(self, place: Place, shown: Shown) -> Rendered:
        view = View(
            place=place,
            screen=shown.screen,
            key=shown.key,
            unstored=shown.unstored,
            stored=shown.stored,
            sent=shown.state.reference is not None,
            country=shown.state.country,
        )
        page = self._pages.screen(view)
        hidden = dict(_fields(page, "hidden"))
        answers = {**_choices(page), **dict.fromkeys(re.findall(r'<textarea[^>]*name="answer\.(\w+)"', page))}
        buttons = re.findall(r'<button[^>]*name="(button|at_once)"[^>]*value="([^"]*)"', page)
        ways = tuple(
            Way(name=value, what={**hidden, name: value}, answers=answers) for name, value in buttons if value
        )
        words = unescape(re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL))
        return Rendered(words=words, ways=ways)

    def press(self, way: Way, answers: Mapping[str, str]) -> Pressed:
        fields = {**way.what, **{f"answer.{name}": value for name, value in answers.items()}}
        sent = web_inbound.pressed(fields)
        assert sent.key is not None
        return Pressed(key=sent.key, press=sent.press, carried=sent.carried, was_sent=sent.sent)


class DiscordSurface:
    """Components: each press tells the id of one of them; a form tells all its fields."""

    def __init__(self) -> None:
        self._renderer = Renderer(TEXTS)

    def render(self, place: Place, shown: Shown) -> Rendered:
        carry = Carry.of(shown)
        if isinstance(shown.screen, Form):
            payload = self._renderer.form(shown.screen, carry, place.language).to_dict()
            fields = [part["component"] for part in payload["components"] if "component" in part]
            answers = {field["custom_id"]: _values(field) for field in fields}
            way = Way(name="next", what={"custom_id": payload["custom_id"], "form": True}, answers=answers)
            return Rendered(words=repr(payload), ways=(way,))
        view = self._renderer.card(shown.screen, carry, place.language)
        to_components: Any = view.to_components  # untyped in the library
        components = list(_walk(to_components()))
        words = "\n".join(
            str(each[name]) for each in components for name in ("content", "label") if name in each
        )
        return Rendered(words=words, ways=tuple(_way(each) for each in components if "custom_id" in each))

    def press(self, way: Way, answers: Mapping[str, str]) -> Pressed:
        carried = custom_ids.parse(way.what["custom_id"])
        assert carried is not None
        interaction = cast("discord.Interaction[Any]", _Interaction(way.what, answers))
        return Pressed(
            key=carried.key,
            press=inbound.pressed(carried, interaction),
            carried=carried.carried,
            was_sent=carried.sent,
        )


class SlackSurface:
    """Modals: what stands in the inputs goes with every press, and the submit is a press of its own."""

    def __init__(self) -> None:
        self._renderer = slack_outbound.Renderer(TEXTS)

    def render(self, place: Place, shown: Shown) -> Rendered:
        carry = slack_outbound.Carry.of(shown, place)
        if isinstance(shown.screen, Form):
            view = self._renderer.form(shown.screen, carry, place.language)
        else:
            view = self._renderer.card(shown.screen, carry, place.language)
        slack_payloads.check_modal(view)
        return Rendered(words="\n".join(slack_payloads.words(view)), ways=tuple(_slack_ways(view)))

    def press(self, way: Way, answers: Mapping[str, str]) -> Pressed:
        view = {**way.what["view"], "id": "V1", "root_view_id": "V1", "previous_view_id": None}
        view["state"] = {
            "values": {f"q.{name}": {f"q.{name}": {"value": text}} for name, text in answers.items()}
        }
        action = way.what["action"]
        told: dict[str, Any] = {
            "type": "view_submission" if action is None else "block_actions",
            "view": view,
        }
        if action is not None:
            told["actions"] = [
                {"action_id": action, "block_id": "b", "value": answers.get(way.name.rstrip("="))}
            ]
        payload = slack_inbound.payload_of({**told, "user": {"id": "U1"}, "team": {"id": "T1"}}, 0.0)
        carried = payload.carried
        assert carried is not None
        sent = slack_inbound.pressed(payload, carried)
        return Pressed(key=sent.key, press=sent.press, carried=sent.carried, was_sent=sent.was_sent)


def _slack_ways(view: Mapping[str, Any]) -> Iterator[Way]:
    inputs: dict[str, Sequence[str] | None] = {}
    for block, element in slack_payloads.elements(view["blocks"]):
        if block["type"] == "input":
            options = element.get("options")
            inputs[block["block_id"].removeprefix("q.")] = options and [each["value"] for each in options]
    submit = view["callback_id"].split(".")[-1]
    if "submit" in view:
        yield Way(name=submit, what={"view": view, "action": None}, answers=inputs)
    for block, element in slack_payloads.elements(view["blocks"]):
        action = element["action_id"]
        if block["type"] == "input" or "url" in element:
            continue
        question = question_of(action)
        option = "".join(f"{name}={value}" for name, value in option_of(action).items())
        listed = {question: [each["value"] for each in element["options"]]} if question else {}
        name = button_of(action) or option or f"{question}="
        yield Way(name=name, what={"view": view, "action": action}, answers=inputs | listed)


class _Interaction:
    """As much of an interaction as a press is read from."""

    def __init__(self, what: Mapping[str, Any], answers: Mapping[str, str]) -> None:
        kinds = discord.InteractionType
        self.type = kinds.modal_submit if "form" in what else kinds.component
        self.data: dict[str, Any] = {"custom_id": what["custom_id"]}
        if "form" in what:
            self.data["components"] = [
                {"type": 18, "component": {"custom_id": name, "value": value}}
                for name, value in answers.items()
            ]
        elif answers:
            self.data["values"] = list(answers.values())


def _way(component: Mapping[str, Any]) -> Way:
    custom_id = component["custom_id"]
    parsed = custom_ids.parse(custom_id)
    assert parsed is not None
    name = parsed.button or f"{parsed.question}={parsed.value or ''}"
    answers = {str(parsed.question): _values(component)} if "options" in component else {}
    return Way(name=name, what={"custom_id": custom_id}, answers=answers)


def _values(component: Mapping[str, Any]) -> Sequence[str] | None:
    options = component.get("options")
    return None if options is None else [option["value"] for option in options]


def _walk(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for component in components:
        yield component
        yield from _walk(component.get("components", ()))


def _fields(page: str, kind: str) -> Iterator[tuple[str, str]]:
    for tag in re.findall(rf'<input\b[^>]*type="{kind}"[^>]*>', page):
        name, value = re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name and value:
            yield name[1], unescape(value[1])


def _choices(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _fields(page, "radio"):
        found.setdefault(name.removeprefix("answer."), []).append(value)
    return found
