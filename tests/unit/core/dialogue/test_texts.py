from pathlib import Path

import pytest

from core.advice.helplines import HelpBook
from core.dialogue.model import Say
from core.dialogue.texts import TextMissing, Texts, plain
from core.errors import SettingsInvalid


def catalogues(folder: Path, **languages: str) -> Path:
    for language, source in languages.items():
        (folder / language.replace("_", "-")).mkdir()
        (folder / language.replace("_", "-") / "all.ftl").write_text(source, encoding="utf-8")
    return folder


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(SettingsInvalid) as refused:
        Texts.load(folder)
    return [str(fault) for fault in refused.value.faults]


def test_a_text_is_said_with_its_places_filled(tmp_path: Path) -> None:
    texts = Texts.load(catalogues(tmp_path, en="call = Call { $number } now."))
    assert texts.say(Say("call", {"number": "0800 1111"}), "en") == "Call 0800 1111 now."


def test_a_place_may_take_another_text(tmp_path: Path) -> None:
    texts = Texts.load(
        catalogues(tmp_path, en="in = in { $where }\ngb = Britain", de="in = in { $where }\ngb = England")
    )
    assert texts.say(Say("in", {"where": Say("gb")}), "en") == "in Britain"
    assert texts.say(Say("in", {"where": Say("gb")}), "de") == "in England"


def test_counts_choose_their_form(tmp_path: Path) -> None:
    source = "saved = { $n ->\n    [one] one message\n   *[other] { $n } messages\n  }"
    texts = Texts.load(catalogues(tmp_path, en=source))
    assert texts.say(Say("saved", {"n": 1}), "en") == "one message"
    assert texts.say(Say("saved", {"n": 3}), "en") == "3 messages"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("de-AT", "de"), ("de", "de"), ("pt-BR", "pt-BR"), ("pt", "en"), ("xx", "en"), ("", "en")],
)
def test_the_nearest_language_is_spoken(tmp_path: Path, asked: str, spoken: str) -> None:
    texts = Texts.load(catalogues(tmp_path, en="a = A", de="a = A", pt_BR="a = A"))
    assert texts.nearest(asked) == spoken


def test_an_unknown_key_is_a_fault_of_ours(tmp_path: Path) -> None:
    texts = Texts.load(catalogues(tmp_path, en="a = A"))
    assert not texts.has("b")
    with pytest.raises(TextMissing):
        texts.say(Say("b"), "en")


def test_a_place_left_empty_is_a_fault_of_ours(tmp_path: Path) -> None:
    texts = Texts.load(catalogues(tmp_path, en="a = A { $b }"))
    with pytest.raises(TextMissing, match="a:"):
        texts.say(Say("a"), "en")


def test_every_fault_of_every_catalogue_is_found_at_once(tmp_path: Path) -> None:
    folder = catalogues(
        tmp_path,
        en="a = A { $x }\nb = B\nb = B again\nc = See { d }\n",
        de="a = A { $y }\nz = Z\nc = C\n}} junk\n",
    )
    faults = "\n".join(faults_of(folder))
    assert "b: is said twice" in faults
    assert "c: speaks of d, an unknown key" in faults
    assert "de: b: is missing" in faults
    assert "de: z: is not in en" in faults
    assert "de: a: has other places than in en" in faults
    assert "all.ftl:4: cannot be read" in faults


def test_a_key_without_a_text_is_refused(tmp_path: Path) -> None:
    assert any(
        "a: has no text" in fault for fault in faults_of(catalogues(tmp_path, en="a =\n    .title = T"))
    )


@pytest.mark.parametrize("languages", [{}, {"de": "a = A"}])
def test_without_the_source_language_nothing_starts(tmp_path: Path, languages: dict[str, str]) -> None:
    assert "no catalogue in 'en'" in faults_of(catalogues(tmp_path, **languages))[0]


def test_a_folder_that_is_not_there_is_a_clear_fault(tmp_path: Path) -> None:
    assert "no catalogue" in faults_of(tmp_path / "nowhere")[0]


def test_names_from_outside_cannot_turn_the_sentence_around(tmp_path: Path) -> None:
    texts = Texts.load(catalogues(tmp_path, en="a = In { $name }: call 999."))
    spoken = texts.say(Say("a", {"name": "fun\u202e\u200bny\nplace\x07\ud800"}), "en")
    assert spoken == "In funny place  : call 999."
    spoken.encode()


def test_a_plain_name_stays_as_it_is() -> None:
    assert plain("قرية الألعاب 🏰 Żółw") == "قرية الألعاب 🏰 Żółw"


def test_every_language_of_the_product_has_every_key_with_the_same_places(shipped: Path) -> None:
    texts = Texts.load(shipped / "locales")
    assert "en" in texts.languages
    assert len(texts.places) > 400


def test_every_country_with_help_has_a_name(texts: Texts, helplines: HelpBook) -> None:
    assert [code for code in helplines.countries if not texts.has(f"country-{code}")] == []
