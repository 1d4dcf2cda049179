import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.display import break_links, shown, visible

IGNORED = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufe0f]")
CLICKABLE = re.compile(
    r"(?:https?|ftps?|file|ws|wss|discord|slack)\s*:\s*[/\\]{2}"
    r"|(?<![a-z])(?:mailto|tel|javascript|data|magnet):\S"
    r"|[a-z0-9][.\u3002\uff0e\uff61][a-z]{2,}"
    r"|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])",
    re.IGNORECASE,
)
"""What mail programs, chats and browsers make a link of, written without looking at ours."""

pieces = st.sampled_from(
    [
        *("https://", "HTTP://", "//", ":", "example", ".com", ".", "www.", "10.0.0.1", "@", "/a.png", " "),
        *("mailto:", "javascript:", "\u200b", "\u00ad", "\u202e", "。", "ü", "xn--a", "x", "1", "-", "_"),
        *("?q=1.2", "[", "]", "\\"),
    ]
)
links = st.lists(pieces, max_size=12).map("".join)


@given(links | st.text(max_size=80))
def test_nothing_that_can_be_pressed_comes_out(text: str) -> None:
    assert not CLICKABLE.search(IGNORED.sub("", break_links(text)))


@given(links | st.text(max_size=80))
def test_breaking_twice_changes_nothing_more(text: str) -> None:
    assert break_links(break_links(text)) == break_links(text)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("see https://example.com/a.png?x=1.2 ok", "see hxxps://example[.]com/a[.]png?x=1.2 ok"),
        ("HTTP://[::1]:80/x", "hxxp://[::1]:80/x"),
        ("ftp://a.example", "fxp://a[.]example"),
        ("example.com", "example[.]com"),
        ("discord.gg/abc", "discord[.]gg/abc"),
        ("WWW.Example.CO.UK.", "WWW[.]Example[.]CO[.]UK."),
        ("10.0.0.1:8080", "10[.]0[.]0[.]1:8080"),
        ("lily@example.com", "lily[@]example[.]com"),
        ("?q=1.2\u3002https://", "?q=1[.]2[\u3002]hxxps://"),
        ("mailto:a@b.example", "mailto[:]a[@]b[.]example"),
        ("JavaScript:alert(1)", "JavaScript[:]alert(1)"),
        ("tel:+441234", "tel[:]+441234"),
        ("discord://x/y", "discord[:]//x/y"),
        ("http:\\\\evil.example", "hxxp:\\\\evil[.]example"),
        ("bücher.example", "bücher[.]example"),
        ("пример.рф", "пример[.]рф"),
        ("例え。テスト", "例え[。]テスト"),
        ("exam\u00adple.\u200bcom", "exam\u00adple[.]\u200bcom"),
        ("a_b.example my-.example", "a_b[.]example my-[.]example"),
    ],
)
def test_every_kind_of_address_is_broken_and_can_still_be_read(text: str, broken: str) -> None:
    assert break_links(text) == broken


@pytest.mark.parametrize(
    "text",
    [
        "Hello. Are you there? Yes...",
        "at 21:04, 3.14 and 2.5 kg",
        "e.g., this: that",
        "1. first",
        "no: way",
        "a . b",
        "",
    ],
)
def test_plain_words_are_not_touched(text: str) -> None:
    kept = text.replace("e.g.", "e[.]g.")
    assert break_links(text) == kept


@pytest.mark.parametrize("text", ["https://a.example/b", "x@a.example", "plain words"])
def test_the_address_can_be_restored_by_hand(text: str) -> None:
    assert break_links(text).replace("hxxp", "http").replace("[.]", ".").replace("[@]", "@") == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u202eb\u202cc", "a⟦RLO⟧b⟦PDF⟧c"),
        ("\u2066x\u2069", "⟦LRI⟧x⟦PDI⟧"),
        ("l\u200bily", "l⟦zero width space⟧ily"),
        ("\ufeffx", "⟦zero width no-break space⟧x"),
        ("a\u200db", "a⟦ZWJ⟧b"),
        ("a\x07b\x7f\x85", "a⟦U+0007⟧b⟦U+007F⟧⟦U+0085⟧"),
        ("a\u2028b", "a⟦U+2028⟧b"),
        ("a\u3164b", "a⟦U+3164⟧b"),
        ("a\U000e0041b", "a⟦U+E0041⟧b"),
        ("a\ufe0fb", "a⟦U+FE0F⟧b"),
        ("x\U000e0100y", "x⟦U+E0100⟧y"),
        ("a\rb", "a⟦U+000D⟧b"),
    ],
)
def test_what_hides_is_shown_as_a_mark(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "plain\nand\ttabbed",
        "👨\u200d👩\u200d👧 ❤\ufe0f 👍🏽",
        "\u0645\u06cc\u200c\u062e\u0648",
        "क्\u200dष",
        "שלום עליכם",
        "e\u0301 ä 漢字 ไทย",
    ],
)
def test_what_a_script_needs_to_be_read_stays(text: str) -> None:
    assert visible(text) == text


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=80))
def test_no_direction_override_and_no_control_comes_out(text: str) -> None:
    seen = visible(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\u2060]", seen)
    assert not any(unicodedata.category(symbol) in {"Cc", "Cs"} and symbol not in "\n\t" for symbol in seen)
    seen.encode()


@given(st.text(max_size=80))
def test_making_visible_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.text(max_size=80))
def test_everything_that_shows_by_itself_is_still_there_in_order(text: str) -> None:
    def plain(words: str) -> str:
        return "".join(symbol for symbol in words if symbol.isalnum())

    without_marks = re.sub("⟦[^⟧]*⟧", "", visible(text))
    if "⟦" not in text and "⟧" not in text:
        assert plain(without_marks).endswith(plain(text)[-1:])
        assert set(plain(without_marks)) <= set(plain(text))


@given(links)
def test_the_whole_way_to_the_screen_leaves_nothing_to_press(text: str) -> None:
    assert not CLICKABLE.search(shown(text))
    assert "\u202e" not in shown(text)
