from hypothesis import given
from hypothesis import strategies as st

from core.dialogue.model import Evidence, State
from core.evidence.drafts import DraftKey
from core.reports.carrying import packed, unpacked
from core.reports.model import Answers, Category, YesNo

KEY = DraftKey(bytes(range(16)))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(texts, texts, st.sampled_from(Category), st.none() | st.sampled_from(YesNo))
def test_every_state_comes_back_as_it_was(
    words: str, about: str, category: Category, danger: YesNo | None
) -> None:
    answers = Answers(own_words=words, about=about, category=category, danger=danger)
    state = State(
        at="more",
        back_to=("first",),
        answers=answers,
        country="GB",
        evidence=Evidence(messages=1, context=20),
    )
    assert unpacked(KEY, packed(KEY, state)) == state


def test_who_reads_the_page_reads_nothing_of_it() -> None:
    assert "secret" not in packed(KEY, State(answers=Answers(own_words="secret")))


def test_its_length_tells_nothing_of_what_was_written() -> None:
    short = packed(KEY, State(answers=Answers(own_words="hi")))
    longer = packed(KEY, State(answers=Answers(own_words="hi" * 50)))
    assert len(short) == len(longer)


@given(st.text(max_size=200))
def test_anything_else_is_as_if_nothing_had_travelled(text: str) -> None:
    assert unpacked(KEY, text) is None


def test_one_changed_symbol_is_as_if_nothing_had_travelled() -> None:
    text = packed(KEY, State(country="GB"))
    changed = text[:40] + ("A" if text[40] != "A" else "B") + text[41:]
    assert unpacked(KEY, changed) is None


def test_without_a_key_nothing_travels() -> None:
    assert unpacked(None, packed(KEY, State())) is None
