"""A strict reader of what is sent to Discord: every limit of messages of components and of forms."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from discord import ui

ROW, BUTTON, SELECT, TEXT_INPUT, TEXT, SEPARATOR, CONTAINER, LABEL, RADIOS = 1, 2, 3, 4, 10, 14, 17, 18, 21
LINK_STYLE: Final = 5
COMPONENTS_AT_MOST: Final = 40
CHARACTERS_AT_MOST: Final = 4000
A_ROW: Final = 5
OPTIONS: Final = 25
MODAL_ITEMS: Final = 5

Component = Mapping[str, Any]
Check = Callable[[Component], None]


def components_of(view: ui.LayoutView) -> list[Component]:
    """What is sent of a view."""
    sent: list[Component] = view.to_components()  # type: ignore[no-untyped-call]
    return sent


def check_message(components: Sequence[Component]) -> None:
    """Raises AssertionError for whatever Discord would refuse, or that would say nothing."""
    whole = list(walk(components))
    assert 0 < len(whole) <= COMPONENTS_AT_MOST, len(whole)
    assert 0 < sum(length(text) for text in texts(components)) <= CHARACTERS_AT_MOST
    assert_unique(custom_ids(components))
    json.dumps(components, ensure_ascii=False).encode()
    for component in components:
        assert component["type"] in {TEXT, CONTAINER, ROW, SEPARATOR}, component
        _check(component)


def check_modal(modal: Component) -> None:
    """As `check_message`, for what opens a form."""
    assert set(modal) == {"title", "custom_id", "components"}
    _check_length(modal["title"], 45)
    _check_length(modal["custom_id"], 100)
    assert 0 < len(modal["components"]) <= MODAL_ITEMS
    assert_unique(custom_ids(modal["components"]))
    json.dumps(modal, ensure_ascii=False).encode()
    for component in modal["components"]:
        assert component["type"] in {TEXT, LABEL}, component
        _check(component)


def walk(components: Sequence[Component]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        if "component" in component:
            yield from walk([component["component"]])


def texts(components: Sequence[Component]) -> list[str]:
    return [component["content"] for component in walk(components) if component["type"] == TEXT]


def custom_ids(components: Sequence[Component]) -> list[str]:
    return [component["custom_id"] for component in walk(components) if "custom_id" in component]


def of_type(components: list[Component], kind: int) -> list[Component]:
    return [component for component in walk(components) if component["type"] == kind]


def assert_unique(ids: list[str]) -> None:
    assert len(set(ids)) == len(ids), ids


def length(text: str) -> int:
    """As the strictest client counts: in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def _check(component: Component) -> None:
    _CHECKS[component["type"]](component)


def _check_length(text: object, at_most: int) -> None:
    assert isinstance(text, str)
    assert text.strip(), "says nothing"
    assert length(text) <= at_most, text


def _check_container(container: Component) -> None:
    assert set(container) <= {"type", "accent_color", "spoiler", "components"}
    assert 0 <= container["accent_color"] <= 0xFFFFFF
    assert container["spoiler"] is False
    assert container["components"]
    for component in container["components"]:
        assert component["type"] in {TEXT, ROW, SEPARATOR}, component
        _check(component)


def _check_row(row: Component) -> None:
    assert set(row) <= {"type", "components"}
    kinds = [component["type"] for component in row["components"]]
    assert kinds == [SELECT] or (set(kinds) == {BUTTON} and len(kinds) <= A_ROW), kinds
    for component in row["components"]:
        _check(component)


def _check_button(button: Component) -> None:
    assert set(button) <= {"type", "style", "label", "disabled", "custom_id", "url"}
    assert button["style"] in range(1, 6)
    assert button["disabled"] is False
    _check_length(button["label"], 80)
    assert ("url" in button) == (button["style"] == LINK_STYLE)
    assert ("url" in button) != ("custom_id" in button)
    _check_length(button.get("custom_id", "a"), 100)
    assert length(button.get("url", "https://")) <= 512
    assert button.get("url", "https://").startswith("https://")


def _check_select(select: Component) -> None:
    known = {
        "type",
        "custom_id",
        "min_values",
        "max_values",
        "disabled",
        "required",
        "placeholder",
        "options",
    }
    assert set(select) <= known
    assert (select["min_values"], select["max_values"], select["disabled"]) == (1, 1, False)
    _check_length(select["custom_id"], 100)
    _check_length(select["placeholder"], 150)
    _check_options(select, OPTIONS)


def _check_options(component: Component, at_most: int) -> None:
    options = component["options"]
    assert 1 <= len(options) <= at_most
    assert_unique([option["value"] for option in options])
    assert sum(option["default"] for option in options) <= 1
    for option in options:
        assert set(option) <= {"label", "value", "default", "description"}
        _check_length(option["label"], 100)
        _check_length(option["value"], 100)
        _check_length(option.get("description", "a"), 100)


def _check_text(text: Component) -> None:
    assert set(text) == {"type", "content"}
    _check_length(text["content"], CHARACTERS_AT_MOST)


def _check_separator(separator: Component) -> None:
    assert set(separator) == {"type", "divider", "spacing"}
    assert separator["spacing"] in {1, 2}


def _check_label(label: Component) -> None:
    assert set(label) <= {"type", "label", "description", "component"}
    _check_length(label["label"], 45)
    _check_length(label.get("description", "a"), 100)
    assert label["component"]["type"] in {TEXT_INPUT, SELECT, RADIOS}
    assert label["component"]["required"] is False
    _check(label["component"])


def _check_text_input(field: Component) -> None:
    assert set(field) <= {"type", "custom_id", "style", "required", "max_length", "label"}
    assert field.get("label") is None
    assert field["style"] in {1, 2}
    assert 1 <= field["max_length"] <= CHARACTERS_AT_MOST
    _check_length(field["custom_id"], 100)


def _check_radios(radios: Component) -> None:
    assert set(radios) <= {"type", "custom_id", "required", "options"}
    assert len(radios["options"]) > 1
    _check_length(radios["custom_id"], 100)
    _check_options(radios, 10)


_CHECKS: Final[Mapping[int, Check]] = {
    ROW: _check_row,
    BUTTON: _check_button,
    SELECT: _check_select,
    TEXT_INPUT: _check_text_input,
    TEXT: _check_text,
    SEPARATOR: _check_separator,
    CONTAINER: _check_container,
    LABEL: _check_label,
    RADIOS: _check_radios,
}
