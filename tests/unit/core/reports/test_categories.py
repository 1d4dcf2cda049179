"""The fifteen kinds of report, and what no data file can change about them."""

from pathlib import Path

import pytest

from core.dialogue.model import Say
from core.dialogue.texts import Texts
from core.errors import SettingsInvalid
from core.reports.categories import Annotation, Categories, IncidentType
from core.reports.model import Category, Priority

FLOORS = {
    Category.GROOMING: Priority.P1,
    Category.SEXUAL_PRESSURE: Priority.P1,
    Category.SEXUAL_EXTORTION: Priority.P1,
    Category.IMAGE_SHARED: Priority.P1,
    Category.MEETING: Priority.P1,
    Category.CONTACT_ABUSE: Priority.P0,
    Category.EXPLOITATION: Priority.P1,
    Category.CSAM_FOUND: Priority.P1,
    Category.UNWANTED_SEXUAL: Priority.P2,
    Category.BULLYING: Priority.P2,
    Category.SELF_HARM: Priority.P1,
    Category.HATE_EXTREMISM: Priority.P2,
    Category.ACCOUNT: Priority.P3,
    Category.OTHER: Priority.P3,
    Category.UNSPECIFIED: Priority.P1,
}


def test_every_category_starts_where_it_should(categories: Categories) -> None:
    assert {info.code: info.floor for info in categories} == FLOORS


def test_all_fifteen_are_shown_and_the_last_is_i_cant_say(categories: Categories) -> None:
    assert len(categories) == 15
    assert [info.code for info in categories] == list(Category)
    assert [info.code for info in categories][-1] is Category.UNSPECIFIED


def test_moderators_may_handle_bullying_hate_and_account_and_nothing_else(categories: Categories) -> None:
    assert {info.code for info in categories if info.moderators_may_handle} == {
        Category.BULLYING,
        Category.HATE_EXTREMISM,
        Category.ACCOUNT,
    }


def test_nothing_that_moderators_may_handle_is_sexual_abuse(categories: Categories) -> None:
    assert not any(info.sexual_abuse and info.moderators_may_handle for info in categories)


def test_what_is_not_for_the_cybertipline_has_no_type_there(categories: Categories) -> None:
    without = {info.code for info in categories if info.ncmec is IncidentType.NONE}
    assert without == {
        Category.BULLYING,
        Category.HATE_EXTREMISM,
        Category.ACCOUNT,
        Category.OTHER,
        Category.UNSPECIFIED,
    }
    assert all(not info.ncmec_annotations for info in categories if info.code in without)


def test_the_types_that_are_never_chosen_by_themselves_are_not_in_the_file(shipped: Path) -> None:
    text = (shipped / "categories.toml").read_text(encoding="utf-8")
    for never in ("Child Sex Tourism", "Misleading Domain Name", "Misleading Words"):
        assert never not in text


def test_extortion_and_solicitation_carry_their_flags(categories: Categories) -> None:
    assert categories[Category.SEXUAL_EXTORTION].ncmec_annotations == (Annotation.SEXTORTION,)
    assert categories[Category.SEXUAL_PRESSURE].ncmec_annotations == (Annotation.CSAM_SOLICITATION,)


def test_a_type_that_fits_only_sometimes_says_when(categories: Categories) -> None:
    for code in (Category.CONTACT_ABUSE, Category.EXPLOITATION, Category.SELF_HARM, Category.IMAGE_SHARED):
        assert categories[code].ncmec_condition.startswith(("Only where", "The flag only where"))


def test_a_childs_picture_is_never_filed_as_that_of_an_adult(categories: Categories) -> None:
    assert all("NON_CONSENSUAL_IMAGE" not in word for info in categories for word in info.dsa)


def test_every_keyword_of_the_transparency_database_has_its_form(categories: Categories) -> None:
    assert all(info.dsa for info in categories)
    assert all(
        word.startswith("KEYWORD_") and word == word.upper() for info in categories for word in info.dsa
    )


def test_professional_labels_use_todays_terms(categories: Categories) -> None:
    for info in categories:
        words = info.professional.lower()
        assert not any(
            old in words for old in ("pornography", "prostitut", "sextortion", "tourism", "victim")
        )


def test_every_label_and_description_exists_for_children(categories: Categories, texts: Texts) -> None:
    for info in categories:
        assert texts.say(Say(info.label), "en")
        assert texts.say(Say(info.description), "en")


def loaded(folder: Path, text: str) -> Categories:
    file = folder / "categories.toml"
    file.write_text(text, encoding="utf-8")
    return Categories.load(file)


@pytest.fixture
def text(shipped: Path) -> str:
    return (shipped / "categories.toml").read_text(encoding="utf-8")


def block(text: str, code: str) -> str:
    """The [[category]] of this code, as it stands in the file."""
    return next(part for part in text.split("[[category]]") if f'code = "{code}"' in part)


@pytest.mark.parametrize(
    ("code", "change", "says"),
    [
        ("grooming", ("sexual_abuse = true", "sexual_abuse = false"), "grooming is sexual abuse"),
        ("grooming", ("handle = false", "handle = true"), "moderators may never be given grooming"),
        ("other", ("handle = false", "handle = true"), "moderators may never be given other"),
        ("self_harm", ("handle = false", "handle = true"), "moderators may never be given self_harm"),
        (
            "bullying",
            ("sexual_abuse = false", "sexual_abuse = true"),
            "moderators may never be given bullying",
        ),
        ("meeting", ('floor = "P1"', 'floor = "P9"'), "Invalid enum value 'P9'"),
        ("meeting", ('floor = "P1"', ""), "missing required field `floor`"),
        ("account", ('code = "account"', 'code = "accounts"'), "Invalid enum value 'accounts'"),
        ("account", ('code = "account"', 'code = "other"'), "other stands here 2 times"),
        ("account", ('code = "account"', 'code = "other"'), "account stands here 0 times"),
        ("csam_found", ("Child Pornography (possession", "Child Porn (possession"), "Invalid enum value"),
        ("sexual_extortion", ('"sextortion"', '"Sextortion"'), "Invalid enum value 'Sextortion'"),
        ("other", ('professional = "Harmful content, other"', 'professional = " "'), "no professional label"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused(
    tmp_path: Path, text: str, code: str, change: tuple[str, str], says: str
) -> None:
    old, new = change
    part = block(text, code)
    assert old in part
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, text.replace(part, part.replace(old, new)))
    assert says in str(caught.value)
    assert "categories.toml" in str(caught.value)


def test_all_faults_are_told_at_once_each_on_its_line(tmp_path: Path, text: str) -> None:
    broken = text.replace("sexual_abuse = true", "sexual_abuse = false")
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, broken)
    lines = [number for number, line in enumerate(broken.split("\n"), 1) if line == "sexual_abuse = false"][
        :9
    ]
    assert [str(fault).split(":")[1] for fault in caught.value.faults] == [str(line) for line in lines]
