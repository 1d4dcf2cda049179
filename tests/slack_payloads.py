"""A strict reader of what is sent to Slack: every limit of modals, of App Home and of messages.

Stricter than Slack where this product is: no picture anywhere, nobody called by name or all at once, and
nothing in Slack's own markup that would make a link of what somebody typed.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Part = Mapping[str, Any]
Check = Callable[[Part], None]

MODAL, HOME, MESSAGE = "modal", "home", "message"
VIEW_BLOCKS: Final = 100
MESSAGE_BLOCKS: Final = 50
VIEW_BYTES: Final = 250_000
MESSAGE_TEXT: Final = 40_000
NAME: Final = 255
"""Of a callback, a block, an action or whatever else the app names itself."""
URL: Final = 3000
ANSWERING: Final = ("response_type", "replace_original", "delete_original")
"""What says, where a press is answered, which message this is."""
PICTURES: Final = frozenset(
    {"image", "image_url", "icon_url", "thumb_url", "slack_file", "video", "video_url"}
)
CALLS: Final = re.compile(r"<(!(channel|here|everyone|subteam)|@)[^>]*>")
"""Markup that tells people of a message."""
ANSWERS: Final = frozenset({"static_select", "radio_buttons", "plain_text_input"})
"""Elements whose values travel with each press."""


def check_modal(view: Part) -> None:
    """Raises AssertionError for whatever Slack would refuse, or that would say nothing."""
    may = "submit close private_metadata callback_id external_id clear_on_close notify_on_close"
    _fields(view, "type title blocks", may)
    for name in ("title", "submit", "close"):
        _if_there(view, name, lambda text: _plain(text, 24))
    for name in ("clear_on_close", "notify_on_close"):
        _if_there(view, name, _flag)
    _check_view(view, MODAL)
    asked = any(block["type"] == "input" for block in view["blocks"])
    assert not asked or "submit" in view, "submit is required when an input block is within the blocks array"


def check_home(view: Part) -> None:
    """As `check_modal`, for App Home."""
    _fields(view, "type blocks", "private_metadata callback_id external_id")
    _check_view(view, HOME)


def check_message(body: Part) -> None:
    """As `check_modal`, for a whole body that is posted. A text goes with each, for screen readers."""
    _fields(body, "", f"channel thread_ts text blocks mrkdwn unfurl_links unfurl_media {' '.join(ANSWERING)}")
    _no_pictures(body)
    if body.get("delete_original") is True:
        return
    _text(body.get("text"), MESSAGE_TEXT)
    _calls_nobody(body["text"])
    if "blocks" in body:
        _check_blocks(body["blocks"], MESSAGE, MESSAGE_BLOCKS)


def elements(blocks: Sequence[Part]) -> Iterator[tuple[Part, Part]]:
    """Every block with each of its elements that can be pressed or filled in."""
    for block in blocks:
        if block["type"] == "actions":
            yield from ((block, element) for element in block["elements"])
        elif block["type"] == "input":
            yield block, block["element"]
        elif "accessory" in block:
            yield block, block["accessory"]


def words(payload: Part | Sequence[Part]) -> list[str]:
    """All that a person can read in a view, in a message or in blocks, piece by piece; addresses too."""
    return [piece for piece in _read(payload) if piece.strip()]


def length(text: str) -> int:
    """As the strictest client counts: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


# What can be read.


def _read(part: Any) -> Iterator[str]:
    if isinstance(part, list | tuple):
        for each in part:
            yield from _read(each)
    elif isinstance(part, Mapping):
        yield from _READERS.get(part.get("type", ""), _read_inside)(part)


def _read_inside(part: Part) -> Iterator[str]:
    if isinstance(part.get("text"), str):
        yield part["text"]
    for name in _READ:
        yield from _read(part.get(name))
    if isinstance(part.get("url"), str):
        yield part["url"]


def _read_markup(text: Part) -> Iterator[str]:
    yield text["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _read_section(section: Part) -> Iterator[str]:
    """A line of rich text in one piece, then the addresses that its links lead to."""
    yield "".join(_said(part) for part in section["elements"])
    yield from (part["url"] for part in section["elements"] if "url" in part)


def _said(part: Part) -> str:
    return str(part.get("text") or part.get("fallback") or part.get("url") or f":{part.get('name')}:")


_READ: Final = (
    *("title", "text", "fields", "label", "hint", "blocks", "elements", "element", "accessory"),
    *("placeholder", "options", "description", "initial_value", "submit", "close"),
)
_READERS: Final[Mapping[str, Callable[[Part], Iterator[str]]]] = {
    "mrkdwn": _read_markup,
    "rich_text_section": _read_section,
    "rich_text_quote": _read_section,
    "rich_text_preformatted": _read_section,
}


# Views and blocks.


def _check_view(view: Part, surface: str) -> None:
    assert view["type"] == surface, f"type must be {surface}"
    _if_there(view, "private_metadata", lambda text: _text(text, 3000, empty=True))
    for name in ("callback_id", "external_id"):
        _if_there(view, name, lambda text: _text(text, NAME, empty=True))
    assert len(json.dumps(view, ensure_ascii=False).encode()) <= VIEW_BYTES, "view_too_large"
    _no_pictures(view)
    _check_blocks(view["blocks"], surface, VIEW_BLOCKS)


def _check_blocks(blocks: Any, surface: str, at_most: int) -> None:
    assert isinstance(blocks, list), "blocks must be a list"
    assert 1 <= len(blocks) <= at_most, f"must have between 1 and {at_most} blocks (has {len(blocks)})"
    for block in blocks:
        assert isinstance(block, Mapping), "must be an object"
        kind = block.get("type", "")
        assert kind in _BLOCKS, f"unsupported type: {kind}"
        assert kind != "input" or surface != MESSAGE, "unsupported type: input"
        _if_there(block, "block_id", lambda text: _text(text, NAME))
        _BLOCKS[kind]({name: block[name] for name in block if name not in {"type", "block_id"}})
    _unique([block["block_id"] for block in blocks if "block_id" in block], "block_id")
    for block in blocks:
        _unique([element["action_id"] for _, element in elements([block])], "action_id")
    focused = [element for _, element in elements(blocks) if element.get("focus_on_load")]
    assert len(focused) <= 1, "only one element can have focus_on_load"


def _check_section(block: Part) -> None:
    _fields(block, "", "text fields accessory expand")
    assert "text" in block or "fields" in block, "missing required field: text"
    _if_there(block, "text", lambda text: _words(text, 3000))
    if "fields" in block:
        _each(block["fields"], 10, lambda text: _words(text, 2000))
    _if_there(block, "accessory", _check_pressed)


def _check_header(block: Part) -> None:
    _fields(block, "text")
    _plain(block["text"], 150)


def _check_context(block: Part) -> None:
    _fields(block, "elements")
    _each(block["elements"], 10, lambda text: _words(text, 3000))


def _check_actions(block: Part) -> None:
    _fields(block, "elements")
    _each(block["elements"], 25, _check_pressed)


def _check_input(block: Part) -> None:
    _fields(block, "label element", "hint optional dispatch_action")
    _plain(block["label"], 2000)
    _if_there(block, "hint", lambda text: _plain(text, 2000))
    for name in ("optional", "dispatch_action"):
        _if_there(block, name, _flag)
    assert block["element"].get("type") in ANSWERS, "unsupported type: no input"
    _check_element(block["element"])


def _check_rich_text(block: Part) -> None:
    _fields(block, "elements")
    _each(block["elements"], VIEW_BLOCKS, _check_rich)


_BLOCKS: Final[Mapping[str, Check]] = {
    "section": _check_section,
    "header": _check_header,
    "context": _check_context,
    "actions": _check_actions,
    "divider": lambda block: _fields(block, ""),
    "input": _check_input,
    "rich_text": _check_rich_text,
}


# Elements.


def _check_pressed(element: Part) -> None:
    assert element.get("type") != "plain_text_input", "unsupported type: plain_text_input"
    _check_element(element)


def _check_element(element: Part) -> None:
    kind = element.get("type", "")
    assert kind in _ELEMENTS, f"unsupported type: {kind}"
    _text(element.get("action_id"), NAME)
    _ELEMENTS[kind](element)


def _check_button(button: Part) -> None:
    _fields(button, "type action_id text", "value url style")
    _plain(button["text"], 75)
    _if_there(button, "value", lambda text: _text(text, 2000))
    _if_there(button, "url", lambda url: _check_url(url, ("https://",)))
    assert button.get("style", "primary") in {"primary", "danger"}, "unknown style"


def _check_select(select: Part) -> None:
    _fields(select, "type action_id options", "placeholder initial_option focus_on_load")
    _if_there(select, "placeholder", lambda text: _plain(text, 150))
    _check_options(select, 100, _plain)


def _check_radios(radios: Part) -> None:
    _fields(radios, "type action_id options", "initial_option focus_on_load")
    _check_options(radios, 10, _words)


def _check_options(element: Part, at_most: int, says: Callable[[Any, int], None]) -> None:
    _each(element["options"], at_most, lambda option: _check_option(option, says))
    _unique([option["value"] for option in element["options"]], "value")
    initial = element.get("initial_option", element["options"][0])
    assert initial in element["options"], "initial_option must exactly match one of the options"


def _check_option(option: Part, says: Callable[[Any, int], None]) -> None:
    _fields(option, "text value", "description")
    says(option["text"], 75)
    _text(option["value"], 150)
    _if_there(option, "description", lambda text: says(text, 75))


def _check_text_input(field: Part) -> None:
    may = "initial_value multiline min_length max_length placeholder focus_on_load"
    _fields(field, "type action_id", may)
    shortest, longest = field.get("min_length", 0), field.get("max_length", 3000)
    assert 0 <= shortest <= longest <= 3000, "0 <= min_length <= max_length <= 3000"
    assert longest >= 1, "max_length must be at least 1"
    _if_there(field, "multiline", _flag)
    _if_there(field, "initial_value", lambda text: _text(text, longest, empty=True))
    _if_there(field, "placeholder", lambda text: _plain(text, 150))


_ELEMENTS: Final[Mapping[str, Check]] = {
    "button": _check_button,
    "static_select": _check_select,
    "radio_buttons": _check_radios,
    "plain_text_input": _check_text_input,
}


# Rich text.


def _check_rich(part: Part) -> None:
    kind = part.get("type")
    if kind == "rich_text_list":
        _fields(part, "type style elements", "indent offset border")
        assert part["style"] in {"bullet", "ordered"}, "unknown style of a list"
        assert all(item.get("type") == "rich_text_section" for item in part["elements"]), "a list of sections"
        _each(part["elements"], VIEW_BLOCKS, _check_rich)
        return
    assert kind in {"rich_text_section", "rich_text_preformatted", "rich_text_quote"}, (
        f"unsupported type: {kind}"
    )
    _fields(part, "type elements", "" if kind == "rich_text_section" else "border")
    _each(part["elements"], 1000, _check_piece)


def _check_piece(piece: Part) -> None:
    kind = piece.get("type")
    if kind == "text":
        _fields(piece, "type text", "style")
        assert isinstance(piece["text"], str), "text must be a string"
        assert piece["text"], "must be more than 0 characters"
    elif kind == "link":
        _fields(piece, "type url", "text style unsafe")
        _check_url(piece["url"], ("https://", "tel:", "sms:", "mailto:"))
        _if_there(piece, "text", lambda text: _text(text, 3000))
    elif kind == "date":
        _fields(piece, "type timestamp format", "fallback url style")
        assert isinstance(piece["timestamp"], int), "timestamp must be an integer"
        assert re.search(r"\{[a-z_]+\}", piece["format"]), "a format has something of the date in it"
        _if_there(piece, "fallback", lambda text: _text(text, 3000))
    else:
        assert kind == "emoji", f"unsupported type: {kind}"
        _fields(piece, "type name", "unicode skin_tone style")
        _text(piece["name"], 100)
    styles = piece.get("style", {})
    _fields(styles, "", "bold italic strike underline code")
    for style in styles:
        _flag(styles[style])


# Small things.


def _fields(part: Any, needed: str, may: str = "") -> None:
    assert isinstance(part, Mapping), "must be an object"
    missing = set(needed.split()) - set(part)
    assert not missing, f"missing required field: {sorted(missing)}"
    unknown = set(part) - set(needed.split()) - set(may.split())
    assert not unknown, f"invalid additional property: {sorted(unknown)}"


def _if_there(part: Part, name: str, check: Callable[[Any], None]) -> None:
    if name in part:
        check(part[name])


def _each(parts: Any, at_most: int, check: Callable[[Any], None]) -> None:
    assert isinstance(parts, list), "must be a list"
    assert 1 <= len(parts) <= at_most, f"must have between 1 and {at_most} items (has {len(parts)})"
    for part in parts:
        check(part)


def _plain(text: Any, at_most: int) -> None:
    _fields(text, "type text", "emoji")
    assert text["type"] == "plain_text", f"must be plain_text, not {text['type']}"
    _if_there(text, "emoji", _flag)
    _text(text["text"], at_most)


def _words(text: Any, at_most: int) -> None:
    """Plain, or in Slack's markup: then nothing becomes a link by itself, and nobody is called."""
    if not isinstance(text, Mapping) or text.get("type") != "mrkdwn":
        _plain(text, at_most)
        return
    _fields(text, "type text", "verbatim")
    assert text.get("verbatim") is True, "mrkdwn without verbatim"
    _text(text["text"], at_most)
    _calls_nobody(text["text"])


def _text(text: Any, at_most: int, *, empty: bool = False) -> None:
    assert isinstance(text, str), "must be a string"
    assert empty or text.strip(), "must be more than 0 characters"
    assert length(text) <= at_most, f"must be less than {at_most + 1} characters (is {length(text)})"


def _calls_nobody(text: str) -> None:
    assert not CALLS.search(text), "calls people"


def _flag(value: Any) -> None:
    assert isinstance(value, bool), "must be a boolean"


def _check_url(url: Any, schemes: tuple[str, ...]) -> None:
    _text(url, URL)
    assert url.startswith(schemes), "no address that is opened safely"


def _unique(names: Sequence[str], what: str) -> None:
    assert len(set(names)) == len(names), f"`{what}` already exists"


def _no_pictures(part: Any) -> None:
    if isinstance(part, Mapping):
        found = ({part["type"]} if isinstance(part.get("type"), str) else set()) | set(part)
        assert not found & PICTURES, f"a picture: {sorted(found & PICTURES)}"
        _no_pictures(list(part.values()))
    elif isinstance(part, list):
        for each in part:
            _no_pictures(each)
