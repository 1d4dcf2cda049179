import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.evidence.reporter import NOBODY, Reporter, is_called_reporter

DISCORD = Reporter(ids=("123456789012345678",), names=("Lily Smith", "lily.s_09"))
SLACK = Reporter(ids=("U024BE7LH",), names=("Lily",))
MATRIX = Reporter(ids=("@lily:hs.example",), names=("Lily Smith",))


def reads_as_a_name(text: str) -> bool:
    return sum(symbol.isalpha() for symbol in unicodedata.normalize("NFKD", text)) > 1


words = st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=3, max_size=12).filter(
    reads_as_a_name
)
before_it = st.sampled_from(["", " ", "hey ", "(", ", ", "\n", "> ", "**", "_", "-", "/", "x "])
after_it = st.sampled_from(["", " ", " hey", ")", ", ", "\n", "!", "**", "_", "-", "/", "'s", ".png"])


@pytest.mark.parametrize(
    ("reporter", "said", "written"),
    [
        (DISCORD, "<@123456789012345678> hi <@!123456789012345678>", "reporter hi reporter"),
        (DISCORD, "id 123456789012345678.", "id reporter."),
        (DISCORD, "<@987654321098765432> stays", "<@987654321098765432> stays"),
        (DISCORD, "1234567890123456789 is another", "1234567890123456789 is another"),
        (DISCORD, "Lily Smith, LILY SMITH and lily_smith.png", "reporter, reporter and reporter.png"),
        (DISCORD, "@Lily Smith @lily.s_09 lily.s_09's", "reporter reporter reporter's"),
        (DISCORD, "cdn.example/123456789012345678/Lily%20Smith.png", "cdn.example/reporter/reporter.png"),
        (SLACK, "<@U024BE7LH|lily.smith>, <@U024BE7LH> and lily", "reporter, reporter and reporter"),
        (SLACK, "Lilypad and Emily stay", "Lilypad and Emily stay"),
        (MATRIX, "[Lily](https://matrix.to/#/@lily:hs.example) hey", "reporter hey"),
        (MATRIX, "see https://matrix.to/#/%40lily%3Ahs.example?via=hs.example now", "see reporter now"),
        (MATRIX, "matrix.to/#/@lily:hs.example.org stays", "matrix.to/#/@lily:hs.example.org stays"),
        (MATRIX, '<a href="https://matrix.to/#/@lily:hs.example">Lily S.</a>: hi', "reporter: hi"),
        (MATRIX, "matrix:u/lily:hs.example?action=chat", "reporter?action=chat"),
        (MATRIX, "@lily:hs.example and lily", "reporter and reporter"),
        (Reporter(names=("José",)), "jose JOSÉ Jose\u0301! joses", "reporter reporter reporter! joses"),
        (Reporter(names=("✨Lily✨",)), "lily ✨Lily✨ ✨", "reporter reporter ✨"),
        (Reporter(names=("Lily#1234",)), "Lily#1234, lily", "reporter, reporter"),
        (Reporter(names=("Straße",)), "STRASSE", "reporter"),
        (Reporter(names=("Lily",)), "l\u200bi\u00adly", "reporter"),
        (SLACK, "\uff2c\uff29\uff2c\uff39 \U0001d4db\U0001d4f2\U0001d4f5\U0001d502", "reporter reporter"),
        (Reporter(names=("李雷",)), "我找李雷了", "我找reporter了"),
        (Reporter(names=("민지",)), "민지야 민진", "reporter야 민진"),
        (Reporter(names=("Оля",)), "привет, оля! Олягерова", "привет, reporter! Олягерова"),
        (Reporter(names=("13",)), "I am 13, @13", "I am 13, reporter"),
        (Reporter(ids=("7",)), "I am 7, <@7> @7", "I am 7, reporter reporter"),
        (Reporter(names=("X",)), "x marks @X", "x marks reporter"),
        (Reporter(names=("😀",)), "😀 is fine, @😀 not", "😀 is fine, reporter not"),
        (Reporter(names=("a.b",)), "a.b axb", "reporter axb"),
    ],
)  # fmt: skip
def test_every_way_to_name_the_reporter_is_written_reporter(
    reporter: Reporter, said: str, written: str
) -> None:
    assert reporter.redact(said) == written


@given(words, before_it, after_it)
@example("ab\u0131", "", "")
def test_a_name_by_itself_never_stays(name: str, before: str, after: str) -> None:
    written = Reporter(names=(name,)).redact(f"{before}{name}{after}")
    assert written == f"{before}reporter{after}"


@given(words, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_does_not_matter_as_far_as_unicode_folds_it(name: str, spelling: object) -> None:
    assert callable(spelling)
    other = spelling(name)
    assume(other.casefold() == name.casefold())
    assert Reporter(names=(name,)).redact(f"to {other}.") == "to reporter."


@given(words, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_it_does_not_matter_how_the_letters_are_composed(name: str, form: str) -> None:
    composed = unicodedata.normalize(form, name)  # type: ignore[arg-type]
    assert Reporter(names=(name,)).redact(f"to {composed}.") == "to reporter."


@given(words)
def test_a_name_inside_an_address_is_found_as_well(name: str) -> None:
    assert (
        Reporter(names=(name,)).redact(f"https://x.example/{quote(name)}.png")
        == "https://x.example/reporter.png"
    )


@given(st.text(max_size=200))
def test_what_does_not_name_anybody_is_not_changed(text: str) -> None:
    assume("zq" not in text.casefold())
    assert Reporter(ids=("zqzqzqzq",), names=("Zqzqzq Qzqzqz",)).redact(text) == text


@given(st.text(max_size=200))
def test_where_nobody_is_known_nothing_is_changed(text: str) -> None:
    assert NOBODY.redact(text) == text


@given(
    st.lists(st.text(max_size=40), max_size=5),
    st.lists(st.text(max_size=40), max_size=5),
    st.text(max_size=200),
)
def test_no_name_however_odd_makes_it_fail_or_grow_again(ids: list[str], names: list[str], text: str) -> None:
    reporter = Reporter(ids=tuple(ids), names=tuple(names))
    assert isinstance(reporter.redact(text), str)


letters = st.text(alphabet="abcdefgzäéßжяЖЯ", min_size=3, max_size=9)


def without_accents(text: str) -> str:
    """As the search for names sees it: a name that lost its accents is still found."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


@given(letters, letters)
def test_everything_but_the_name_stays_as_it_was(name: str, other: str) -> None:
    assume(without_accents(name) not in without_accents(other))
    marks = "\u202e\u200b \u2066~"
    written = Reporter(names=(name,)).redact(f"{marks} {name} {marks} {other}\u00a0")
    assert written == f"{marks} reporter {marks} {other}\u00a0"


def test_the_reporter_is_known_by_each_of_their_ids_and_by_no_empty_one() -> None:
    reporter = Reporter(ids=("", "u1", "u2"))
    assert [reporter.is_author(each) for each in ("u1", "u2", "u3", "")] == [True, True, False, False]


def test_the_reporter_never_shows_in_words() -> None:
    assert "Lily" not in f"{DISCORD!r} {DISCORD} {[DISCORD]}"
    assert "1234" not in repr(DISCORD)


@pytest.mark.parametrize(
    "name",
    [
        "reporter",
        "Reporter",
        " REPORTER ",
        "re\u200bporter",
        "\uff52\uff45\uff50\uff4f\uff52\uff54\uff45\uff52",
        "réporter",
        "the reporter",
        "reporter (bob)",
    ],
)
def test_somebody_who_calls_themselves_reporter_is_noticed(name: str) -> None:
    assert is_called_reporter(name)


@pytest.mark.parametrize("name", ["", "report", "reporters", "reporter2"])
def test_other_names_are_not_mistaken_for_ours(name: str) -> None:
    assert not is_called_reporter(name)
