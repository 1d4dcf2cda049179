"""What a child is shown in each country, and what no data file can make a child see."""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.advice.helplines import (
    EUROPE,
    WORLD,
    Access,
    Entry,
    Help,
    HelpBook,
    Kind,
    Scope,
    Service,
    SilentWay,
    Verified,
    for_children,
)
from core.countries import COUNTRIES
from core.dialogue.model import Contact, Say
from core.dialogue.texts import Texts
from core.errors import SettingsInvalid

EXPECTED: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "launch_countries.toml").read_text(encoding="utf-8")
)
LAUNCH = (
    "GB IE US CA AU NZ DE AT CH FR BE NL ES PT IT SE NO DK FI PL UA BR MX IN ZA JP".split()  # noqa: SIM905 - a list to read
)
CHI = "https://childhelplineinternational.org/helplines/"


def reached(contact: Contact | None) -> str | None:
    """The number, else the text, else the page of a contact."""
    return contact.phone or contact.text or contact.url if contact else None


def named(contact: Contact | None) -> list[str | None] | None:
    return [contact.name, reached(contact)] if contact else None


@pytest.mark.parametrize("country", LAUNCH)
def test_each_launch_country_shows_what_was_found_there(helplines: HelpBook, country: str) -> None:
    found, expected = helplines.help_for(country), EXPECTED[country]
    silent = [str(found.silent_way), reached(found.silent)] if found.silent else None
    assert {
        "emergency": reached(found.emergency),
        "others": [f"{other.name} {other.phone}" for other in found.emergency_others],
        "silent": silent,
        "child_line": named(found.child_line),
        "child_chat": named(found.child_chat),
        "crisis": [reached(line) for line in found.crisis],
        "hotline": found.hotlines[0].url,
        "takedown": found.takedown[0].name,
        "report": [place.name for place in found.report_places],
    } == {
        "emergency": expected["emergency"],
        "others": expected.get("others", []),
        "silent": expected.get("silent"),
        "child_line": expected.get("child_line"),
        "child_chat": expected.get("child_chat"),
        "crisis": expected.get("crisis", []),
        "hotline": expected["hotline"],
        "takedown": expected["takedown"],
        "report": expected.get("report", []),
    }


@pytest.mark.parametrize("country", LAUNCH)
def test_what_is_not_for_every_child_there_stands_nowhere(helplines: HelpBook, country: str) -> None:
    shown = msgspec.json.encode(helplines.help_for(country)).decode().lower()
    assert [text for text in EXPECTED[country].get("never", []) if text.lower() in shown] == []


def test_the_launch_countries_come_first_and_all_have_an_emergency_number(helplines: HelpBook) -> None:
    assert list(helplines.countries[: len(LAUNCH)]) == LAUNCH
    assert sorted(EXPECTED) == sorted(LAUNCH)
    assert all(helplines.help_for(country).emergency for country in LAUNCH)


def test_every_country_offered_has_something_of_its_own_and_a_name(helplines: HelpBook, texts: Texts) -> None:
    nothing = helplines.help_for(None)
    for country in helplines.countries:
        own = helplines.help_for(country)
        assert msgspec.structs.replace(own, country=None) != nothing, country
        assert texts.say(Say(f"country-{country}"), "en")
    assert len(set(helplines.countries)) == len(helplines.countries) > 80
    assert set(helplines.countries) <= COUNTRIES


@pytest.mark.parametrize("country", [None, "", "XX", "ZZ", "EU", "gb", "AE", "KP"])
def test_where_nothing_is_known_there_is_no_number_but_the_directory(
    helplines: HelpBook, country: str | None
) -> None:
    found = helplines.help_for(country)
    assert (found.emergency, found.silent, found.silent_way) == (None, None, None)
    assert (found.child_line, found.child_chat) == (None, None)
    assert (found.emergency_others, found.crisis, found.report_places) == ((), (), ())
    assert found.directory.url == CHI
    assert not found.silent_is_emergency


def test_a_country_of_the_union_without_a_number_of_its_own_has_the_european_one(helplines: HelpBook) -> None:
    for country in ("BG", "CZ", "EE", "GR", "HR", "IS", "LI", "MT"):
        assert reached(helplines.help_for(country).emergency) == "112", country


def test_the_european_number_stands_in_for_no_country_that_has_its_own(helplines: HelpBook) -> None:
    assert reached(helplines.help_for("DE").emergency) == "110"
    assert [other.phone for other in helplines.help_for("IE").emergency_others] == ["999"]


def test_the_only_silent_emergency_routes_are_open_and_national(helplines: HelpBook) -> None:
    open_routes = {
        country for country in helplines.countries if helplines.help_for(country).silent_is_emergency
    }
    assert open_routes == {"GB", "FR"}


def test_a_chat_is_never_called_an_emergency_service(helplines: HelpBook) -> None:
    for country in helplines.countries:
        found = helplines.help_for(country)
        assert found.silent_is_emergency == (found.silent_way in {SilentWay.PRESS_55, SilentWay.TEXT})
        assert (found.silent is None) == (found.silent_way is None)
        if found.silent_way is SilentWay.CHAT:
            assert found.silent == found.child_chat


def test_a_picture_of_a_child_is_never_sent_to_the_service_for_adults(helplines: HelpBook) -> None:
    for country in (*helplines.countries, None):
        takedown = helplines.help_for(country).takedown
        assert [place.url for place in takedown].count("https://takeitdown.ncmec.org/") == 1
        assert all("StopNCII" not in place.name for place in takedown)


def test_a_link_is_reported_on_a_page_and_never_read_out_on_the_telephone(helplines: HelpBook) -> None:
    for country in helplines.countries:
        found = helplines.help_for(country)
        for place in (*found.hotlines, *found.takedown, *found.report_places):
            assert place.url
            assert place.phone is None


def test_no_hours_have_been_verified_and_none_are_shown(helplines: HelpBook) -> None:
    assert all(entry.hours_verified is None for entry in helplines.entries)
    assert not {"hours", "open", "free"} & set(Contact.__struct_fields__)


def test_the_facts_were_carried_over_whole(helplines: HelpBook) -> None:
    levels = [entry.verified for entry in helplines.entries]
    assert len(levels) == 258
    assert {level: levels.count(level) for level in Verified} == {
        Verified.OFFICIAL_PAGE: 104,
        Verified.DIRECTORY: 96,
        Verified.SECONDARY: 58,
        Verified.UNVERIFIED: 0,
    }


# What may be shown, whatever the data.

ENTRIES = st.builds(
    Entry,
    country=st.sampled_from(["GB", "IS", WORLD, EUROPE]),
    name=st.sampled_from(["one", "two", "three"]),
    type=st.sampled_from(Kind),
    phone=st.lists(st.sampled_from(["1", "2"]), max_size=2).map(tuple),
    text=st.lists(st.sampled_from(["3", "4"]), max_size=1).map(tuple),
    channels=st.lists(st.sampled_from(["phone", "chat", "email", "app"]), max_size=2).map(tuple),
    subject=st.sampled_from(["", "eating disorders"]),
    adults_only=st.booleans(),
    url=st.sampled_from(["", "https://a.example/"]),
    scope=st.sampled_from(Scope),
    region=st.sampled_from(["", "Here"]),
    covers=st.sampled_from([(), ("IS",)]),
    silent=st.booleans(),
    access=st.sampled_from([None, *Access]),
    way=st.sampled_from([None, SilentWay.PRESS_55, SilentWay.TEXT]),
    source=st.just(("https://source.example/",)),
    verified=st.sampled_from(Verified),
    sources_agree=st.integers(0, 3),
    hold=st.sampled_from(["", "wait"]),
)
DIRECTORY = Entry(
    country=WORLD,
    name="Directory",
    type=Kind.DIRECTORY,
    url=CHI,
    scope=Scope.WORLDWIDE,
    silent=True,
    source=(CHI,),
    verified=Verified.DIRECTORY,
)


@given(ENTRIES)
def test_only_checked_lines_that_are_open_to_every_child_are_shown(entry: Entry) -> None:
    if not for_children(entry):
        return
    agreed = (
        entry.type is Kind.EMERGENCY and entry.verified is Verified.SECONDARY and entry.sources_agree >= 2
    )
    assert entry.verified in {Verified.OFFICIAL_PAGE, Verified.DIRECTORY} or agreed
    assert entry.scope is not Scope.REGIONAL
    assert entry.access in {None, Access.OPEN}
    assert not entry.adults_only
    assert not entry.hold
    assert entry.type is not Kind.ADULT_HELPLINE


@pytest.mark.parametrize("kind", list(Kind))
def test_sources_that_agree_are_enough_for_an_emergency_number_alone(kind: Kind) -> None:
    entry = msgspec.structs.replace(DIRECTORY, type=kind, verified=Verified.SECONDARY, sources_agree=3)
    assert for_children(entry) is (kind is Kind.EMERGENCY)


@given(st.lists(ENTRIES, max_size=8), st.sampled_from(["GB", "IS", "ZZ", None]))
def test_every_contact_shown_comes_from_an_entry_that_may_be_shown_there(
    entries: list[Entry], country: str | None
) -> None:
    book = HelpBook([*entries, DIRECTORY], ("GB", "IS"))
    found = book.help_for(country)
    allowed = [
        entry
        for entry in (*entries, DIRECTORY)
        if for_children(entry) and (entry.country in {country, WORLD} or country in entry.covers)
    ]
    ways = {way for entry in allowed for way in (*entry.phone, *entry.text, entry.url)} | {None}
    for contact in contacts(found):
        assert {contact.phone, contact.text, contact.url} <= ways


@given(st.lists(ENTRIES, max_size=8))
def test_nothing_an_entry_says_breaks_the_danger_exit(entries: list[Entry]) -> None:
    book = HelpBook([*entries, DIRECTORY], ("GB", "IS"))
    for country in ("GB", "IS", None):
        found = book.help_for(country)
        assert found.directory.url
        for line in (found.emergency, found.child_line):
            assert line is None or line.phone
        assert found.child_chat is None or found.child_chat.text or found.child_chat.url


def contacts(found: Help) -> list[Contact]:
    single = (found.emergency, found.silent, found.child_line, found.child_chat, found.directory)
    several = (*found.crisis, *found.hotlines, *found.takedown, *found.report_places, *found.emergency_others)
    return [contact for contact in (*single, *several) if contact is not None]


def line(**given: Any) -> Entry:
    return msgspec.structs.replace(
        DIRECTORY,
        **{
            "country": "GB",
            "type": Kind.CHILD_HELPLINE,
            "scope": Scope.NATIONAL,
            "name": "Line",
            "url": "",
            **given,
        },
    )


def test_a_line_for_one_subject_is_never_the_child_line() -> None:
    special = line(name="Special", phone=("1",), subject="eating disorders", verified=Verified.OFFICIAL_PAGE)
    general = line(name="General", phone=("2",))
    both = HelpBook([special, general, DIRECTORY], ("GB",)).help_for("GB")
    assert named(both.child_line) == ["General", "2"]
    alone = HelpBook([special, DIRECTORY], ("GB",)).help_for("GB")
    assert (alone.child_line, alone.child_chat) == (None, None)


def test_a_line_for_harm_that_nobody_reports_here_is_no_child_line(helplines: HelpBook) -> None:
    shown = msgspec.json.encode(helplines.help_for("CO")).decode()
    assert "Te Guío" not in shown


def test_the_chat_of_the_line_itself_comes_before_a_better_verified_one() -> None:
    line_too = line(name="Line", phone=("1",), channels=("chat",), url="https://line.example/")
    other = line(name="Other", channels=("chat",), url="https://o.example/", verified=Verified.OFFICIAL_PAGE)
    found = HelpBook([other, line_too, DIRECTORY], ("GB",)).help_for("GB")
    assert named(found.child_chat) == ["Line", "https://line.example/"]


@pytest.mark.parametrize("channel", ["email", "forum", "letters", "peer forum", "app", "in person"])
def test_what_nobody_answers_at_once_is_no_chat(channel: str) -> None:
    entry = line(channels=(channel,), url="https://line.example/")
    assert HelpBook([entry, DIRECTORY], ("GB",)).help_for("GB").child_chat is None


def test_a_european_number_fills_in_only_where_the_countrys_own_may_not_be_shown() -> None:
    europe = line(
        country=EUROPE,
        type=Kind.EMERGENCY,
        phone=("112",),
        silent=False,
        scope=Scope.EUROPE,
        covers=("GB", "IS"),
    )
    own = line(type=Kind.EMERGENCY, phone=("999",), silent=False)
    unchecked = line(
        country="IS", type=Kind.EMERGENCY, phone=("0118",), silent=False, verified=Verified.SECONDARY
    )
    book = HelpBook([europe, own, unchecked, DIRECTORY], ("GB", "IS"))
    assert reached(book.help_for("GB").emergency) == "999"
    assert book.help_for("GB").emergency_others == ()
    assert reached(book.help_for("IS").emergency) == "112"


# The file.

GOOD = """
order = ["GB"]
[[entry]]
country = "ZZ"
name = "Directory"
type = "directory"
url = "https://d.example/"
scope = "worldwide"
silent = true
source = ["https://d.example/"]
verified = "directory"
[[entry]]
country = "GB"
name = "Number"
type = "emergency"
phone = ["999"]
scope = "national"
silent = false
source = ["https://n.example/"]
verified = "official_page"
"""


def loaded(folder: Path, text: str) -> HelpBook:
    file = folder / "helplines.toml"
    file.write_text(text, encoding="utf-8")
    return HelpBook.load(file)


def test_a_good_file_loads(tmp_path: Path) -> None:
    assert reached(loaded(tmp_path, GOOD).help_for("GB").emergency) == "999"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('type = "emergency"', 'type = "police"', "Invalid enum value 'police'"),
        ('phone = ["999"]', "phone = [999]", "Expected `str`, got `int`"),
        ('phone = ["999"]', "", "an emergency number without a number"),
        ('scope = "national"', 'scope = "regional"', "names its region"),
        ('scope = "national"', 'scope = "national"\nregion = "Kent"', "names its region"),
        ('["https://n.example/"]', '["  "]', "no source is named"),
        ('["https://n.example/"]\n', '["s"]\ncolour = "red"\n', "unknown field `colour`"),
        ('country = "GB"', 'country = "UK"', "not in `order`"),
        ("silent = false", "silent = true", "says who may use it"),
        ("silent = false", 'silent = true\naccess = "open"', "says how it works"),
        ("silent = false", 'silent = true\naccess = "open"\nway = "chat"', "says how it works"),
        ('phone = ["999"]', 'phone = ["999"]\nphone_for = ["all", "police"]', "whom each number reaches"),
        ('phone = ["999"]', 'phone = ["999"]\nphone_for = ["army"]', "Invalid enum value 'army'"),
        ('phone = ["999"]', 'phone = ["999"]\nurl = "javascript:alert(1)"', "not a web address"),
        ('phone = ["999"]', 'phone = ["999"]\ncovers = ["GB"]', "stands in for other countries"),
        ('verified = "directory"', 'verified = "secondary"', "no directory for the whole world"),
        ('url = "https://d.example/"', 'phone = ["1"]', "no directory for the whole world"),
        ('order = ["GB"]', 'order = ["GB", "GB"]', "stands twice"),
        ('order = ["GB"]', 'order = ["GB", "UK"]', "is no country"),
        ('order = ["GB"]', "", "Expected `array`"),
    ],
)
def test_a_fault_is_said_with_entry_reason_and_mend(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        loaded(
            tmp_path,
            GOOD.replace(old, new, 1) if old != '["https://n.example/"]\n' else GOOD.replace(old, new),
        )
    assert says in str(caught.value)
    assert "Mend:" in str(caught.value)


def test_two_bad_entries_are_both_told_with_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace('https://d.example/"\nscope', 'ftp://d"\nscope').replace(
        '["999"]', '["999", "911"]\nphone_for = ["all"]'
    )
    with pytest.raises(SettingsInvalid) as caught:
        loaded(tmp_path, text)
    assert [str(fault).split(": ")[1] for fault in caught.value.faults] == [
        "entry[1].url",
        "entry[2].phone_for",
    ]
    assert all(f"helplines.toml:{line}:" in str(caught.value) for line in (7, 17))


def test_every_service_that_a_number_can_reach_has_its_word(texts: Texts) -> None:
    assert {service.value for service in Service} == {"all", "police", "ambulance", "fire", "fire, ambulance"}
    assert texts.languages
