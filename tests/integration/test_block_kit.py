"""The drawing of Block Kit shows every word that Slack would, takes no text for code and draws no image."""

import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import slack_pictures
from tests.block_kit import Surface, Undrawable, page, pictures, sheet
from tests.web_browser import needs_chromium

HOSTILE = "<img src=x onerror=alert(1)></body><script>alert(2)</script>\"'&lt;b&gt;"
FRAME = {
    "!doctype",
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "div",
    "span",
    "b",
    "i",
    "hr",
    "blockquote",
}


class Read(HTMLParser):
    """What a browser makes of a page: the elements that there are, and the words that they show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.said: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser hands it over
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def words(self) -> str:
        return "".join(self.said)


def _plain(said: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": said}


def _mrkdwn(said: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": said}


def _button(said: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": _plain(said), "action_id": "a", **more}


def _option(said: str, **more: Any) -> dict[str, Any]:
    return {"text": _plain(said), "value": said, **more}


def _input(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": _plain("Label"), "element": element, **more}


def _rich(*elements: dict[str, Any], kind: str = "rich_text_section") -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": list(elements)}]}


def _modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": _plain("Title"), "blocks": list(blocks), **more}


def _drawn(*blocks: dict[str, Any], opened: bool = False) -> str:
    return page(_modal(*blocks), surface="modal", opened=opened)


SELECT = {
    "type": "static_select",
    "placeholder": _plain("Choose"),
    "options": [_option("One"), _option("Two")],
}
RADIO = {"type": "radio_buttons", "options": [_option("Yes", description=_plain("Because")), _option("No")]}
WRITE = {"type": "plain_text_input", "placeholder": _plain("In your words")}
SURE = {
    "title": _plain("Sure?"),
    "text": _mrkdwn("All is lost"),
    "confirm": _plain("Yes"),
    "deny": _plain("No"),
}
TEXT = {"type": "text", "text": "Words"}
BULLETS = {
    "type": "rich_text_list",
    "style": "bullet",
    "elements": [{"type": "rich_text_section", "elements": [TEXT]}],
}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"type": "header", "text": _plain("Head")}, "Head"),
        ({"type": "section", "text": _plain("Said")}, "Said"),
        ({"type": "section", "fields": [_plain("Left"), _mrkdwn("*Right*")]}, "LeftRight"),
        ({"type": "section", "text": _plain("Said"), "accessory": _button("Press")}, "SaidPress"),
        ({"type": "context", "elements": [_plain("Small"), _mrkdwn("_print_")]}, "Smallprint"),
        ({"type": "actions", "elements": [_button("Go", style="danger"), _button("Stay")]}, "GoStay"),
        (_input(WRITE), "LabelIn your words"),
        (_input(WRITE, optional=True, hint=_plain("Hint")), "Label (optional)In your wordsHint"),
        (_input({**WRITE, "initial_value": "Written", "multiline": True}), "LabelWritten"),
        (_input(SELECT), "LabelChoose"),
        (_input({**SELECT, "initial_option": _option("Two")}), "LabelTwo"),
        (_input(RADIO), "LabelYesBecauseNo"),
        (_rich(TEXT, {"type": "link", "url": "https://a.example", "text": " here"}), "Words here"),
        (_rich({"type": "link", "url": "https://a.example"}), "https://a.example"),
        (_rich({"type": "emoji", "name": "wave"}), ":wave:"),
        (_rich({"type": "date", "timestamp": 1, "format": "{date}", "fallback": "3 May"}), "3 May"),
        (_rich(TEXT, kind="rich_text_quote"), "Words"),
        (_rich(TEXT, kind="rich_text_preformatted"), "Words"),
        ({"type": "rich_text", "elements": [BULLETS]}, "Words"),
    ],
)
def test_every_block_and_element_shows_its_words(block: dict[str, Any], words: str) -> None:
    assert words in Read(_drawn(block)).words


def test_a_divider_is_a_line() -> None:
    assert "<hr>" in _drawn({"type": "divider"})


def test_a_list_keeps_its_kind_and_depth() -> None:
    numbered = {**BULLETS, "style": "ordered", "indent": 1}
    assert '<ol style="margin-left:28px"><li>Words</li></ol>' in _drawn(
        {"type": "rich_text", "elements": [numbered]}
    )


def test_styles_of_rich_text_are_seen() -> None:
    loud = {**TEXT, "style": {"bold": True, "italic": True, "strike": True, "code": True}}
    assert "<b><i><s><code>Words</code></s></i></b>" in _drawn(_rich(loud))


def test_a_select_shows_its_options_only_when_opened() -> None:
    assert "One" not in Read(_drawn(_input(SELECT))).words
    assert "ChooseOneTwo" in Read(_drawn(_input(SELECT), opened=True)).words


def test_are_you_sure_shows_only_when_opened() -> None:
    block = {"type": "actions", "elements": [_button("Go", confirm=SURE)]}
    assert "Sure?" not in Read(_drawn(block)).words
    assert "GoSure?All is lostNoYes" in Read(_drawn(block, opened=True)).words


def test_the_chosen_option_is_marked() -> None:
    assert _drawn(_input({**RADIO, "initial_option": _option("No")})).count("option on") == 1
    assert "option on" not in _drawn(_input(RADIO))


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("*bold* _italic_ ~gone~ `code`", "<b>bold</b> <i>italic</i> <s>gone</s> <code>code</code>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("`*not bold*`", "<code>*not bold*</code>"),
        ("2*3*4 and snake_case_name", "2*3*4 and snake_case_name"),
        ("<https://a.example?x=1&amp;y=2|help>", '<a title="https://a.example?x=1&amp;y=2">help</a>'),
        ("<https://a.example>", '<a title="https://a.example">https://a.example</a>'),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<!date^1^{date}|3 May>", "<div>3 May</div>"),
        ("<@U1> <#C1|general>", '<span class="mention">@U1</span> <span class="mention">#general</span>'),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
        ("&amp;lt;", "&amp;lt;"),
        ("before\n&gt; said\nafter", "<div>before</div><blockquote> said</blockquote><div>after</div>"),
    ],
)
def test_mrkdwn_is_read_as_slack_reads_it(said: str, drawn: str) -> None:
    assert drawn in _drawn({"type": "section", "text": _mrkdwn(said)})


def test_plain_text_keeps_its_signs() -> None:
    assert "*a* &lt;b> &amp;" in Read(_drawn({"type": "section", "text": _plain("*a* &lt;b> &amp;")})).words


def test_hostile_text_stays_text_everywhere() -> None:
    option = {"text": _plain(HOSTILE), "value": "v", "description": _plain(HOSTILE)}
    view = _modal(
        {"type": "header", "text": _plain(HOSTILE)},
        {"type": "section", "text": _mrkdwn(HOSTILE), "accessory": _button(HOSTILE, style=HOSTILE)},
        _input({**WRITE, "initial_value": HOSTILE}, hint=_plain(HOSTILE)),
        _input({**SELECT, "placeholder": _plain(HOSTILE), "options": [option]}),
        _input({**RADIO, "options": [option]}),
        _rich({"type": "text", "text": HOSTILE}, {"type": "link", "url": HOSTILE}),
        _rich({"type": "emoji", "name": HOSTILE}, {"type": "date", "fallback": HOSTILE}),
        title=_plain(HOSTILE),
        submit=_plain(HOSTILE),
        close=_plain(HOSTILE),
    )
    drawn = page(view, surface="modal", opened=True)
    both = Read(sheet({HOSTILE: drawn}))
    assert both.tags <= FRAME | {"a", "figure", "figcaption"}
    assert both.words.count(HOSTILE) == 17


@given(st.text())
def test_no_mrkdwn_makes_an_element_of_its_own(said: str) -> None:
    drawn = Read(_drawn({"type": "section", "text": _mrkdwn(said)}))
    assert drawn.tags <= FRAME | {"a", "s", "code"}


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ({"type": "image", "image_url": "https://a.example/x.png", "alt_text": "x"}, "image"),
        ({"type": "context", "elements": [{"type": "image"}]}, "image"),
        ({"type": "section", "text": _plain("Said"), "accessory": {"type": "image"}}, "image"),
        ({"type": "video"}, "video"),
        ({"type": "actions", "elements": [{"type": "users_select"}]}, "users_select"),
        ({"type": "section", "text": {"type": "markdown", "text": "x"}}, "markdown"),
        (_rich(kind="rich_text_poem"), "rich_text_poem"),
        (_rich({"type": "color", "value": "#fff"}), "color"),
    ],
)
def test_what_is_unknown_or_an_image_is_refused_by_its_name(block: dict[str, Any], name: str) -> None:
    with pytest.raises(Undrawable, match=f"'{name}'"):
        _drawn(block)


def test_a_modal_has_its_title_and_buttons() -> None:
    view = _modal(submit=_plain("Send"), close=_plain("Hide"))
    assert Read(page(view, surface="modal")).words.endswith("LTitle✕HideSend")


def test_on_a_phone_sending_stands_in_the_title_bar() -> None:
    view = _modal(submit=_plain("Send"), close=_plain("Hide"))
    assert Read(page(view, surface="modal", phone=True)).words.endswith("✕TitleSend")


def test_a_message_is_marked_when_one_person_alone_sees_it() -> None:
    message = {"text": "*News*"}
    assert "Only visible to you" not in page(message, surface="message")
    assert "Only visible to you" in page({**message, "response_type": "ephemeral"}, surface="message")


@pytest.mark.parametrize("surface", ["modal", "home", "message"])
def test_a_page_says_its_look_and_has_no_script(surface: Surface) -> None:
    drawn = page(_modal(), surface=surface, dark=True, phone=True)
    assert f'<div class="screen {surface} dark phone">' in drawn
    assert "script" not in Read(drawn).tags


@pytest.mark.browser
@needs_chromium
async def test_a_picture_is_as_wide_as_a_phone_and_as_long_as_the_view(tmp_path: Path) -> None:
    said = {"type": "section", "text": _plain("Somebody reads every report. " * 9)}
    shots = {"long": page(_modal(*[said] * 9), surface="modal", phone=True)}
    (long,) = await pictures(tmp_path, shots)
    width, height = struct.unpack(">II", long.read_bytes()[16:24])
    assert width == 375
    assert height > 900
    assert long.stat().st_size > 20_000


def test_every_screen_of_slack_can_be_drawn_and_looked_at() -> None:
    pages = slack_pictures.drawn()
    assert len(pages) > 30
    assert all("<body" in each for each in pages.values())
