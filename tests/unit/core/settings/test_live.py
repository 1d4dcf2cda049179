"""The gate before a desk goes live: all that is missing is said, and no file lets anything else through."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from core.errors import SettingsInvalid
from core.reports.model import Standing
from core.settings import live
from core.settings.live import LivePass, Need, live_check, live_pass, pass_fault
from core.settings.model import Alarm, Community, Desk, Live, Settings, Vouched
from core.settings.shipped import config_dir

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WORD = Vouched(by="Full Name", on=date(2026, 11, 1))
CONFIG = config_dir()
WHOLE = Settings(
    desks={
        "centre": Desk(name="Centre", standing=Standing.SPECIALIST, url="https://desk.example"),
        "lead": Desk(name="Lead", standing=Standing.LEAD),
        "practice": Desk(name="Practice", standing=Standing.PRACTICE),
    },
    communities={
        "chess": Community(name="Chess", desk="centre", country="GB"),
        "schach": Community(name="Schach", desk="centre", country="DE", language="de"),
    },
    alarm=Alarm(webhook_url="https://alarms.example"),
    live={
        "centre": Live(
            standing=WORD,
            rota=WORD,
            drill=WORD,
            numbers={"GB": WORD, "DE": WORD},
            dialogue={"en": WORD, "de": WORD},
            screens={"en": WORD, "de": WORD},
            advice={"en": WORD, "de": WORD},
            privacy_notice="https://centre.example/privacy",
            data_protection_assessment="DPIA 7",
        )
    },
)


def needs(settings: Settings, desk: str = "centre") -> list[Need]:
    return [missing.need for missing in live_check(settings, desk, NOW, CONFIG)]


def with_live(**given: object) -> Settings:
    return replace(WHOLE, live={"centre": replace(WHOLE.live["centre"], **given)})


def test_with_everything_vouched_for_nothing_is_missing() -> None:
    assert needs(WHOLE) == []


def test_no_pass_is_written_while_anything_is_missing() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        live_pass(with_live(rota=None, drill=None), "centre", NOW, CONFIG)
    assert "named people have accepted the shifts" in str(caught.value)
    assert "a drill was answered in time" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("", {Need.HOURS, Need.ROTA}),
        ("not toml", {Need.HOURS, Need.ROTA}),
        ("hours = 1\nladder_minutes = 2", {Need.HOURS, Need.ROTA}),
        ('[[hours]]\ndesk = "other"\n[ladder_minutes.P0]\non_call = 0', {Need.HOURS}),
        ('[[hours]]\ndesk = "centre"', {Need.ROTA}),
        ('[[hours]]\ndesk = "centre"\n[ladder_minutes.P0]\non_call = 0', set()),
    ],
)
def test_a_desk_of_this_host_has_its_hours_and_its_ladder_written(
    tmp_path: Path, written: str, missing: set[Need]
) -> None:
    (tmp_path / "desk.toml").write_text(written)
    here = {**WHOLE.desks, "centre": replace(WHOLE.desks["centre"], url="")}
    told = live_check(replace(WHOLE, desks=here), "centre", NOW, tmp_path)
    assert {each.need for each in told} == missing
    assert live_check(WHOLE, "centre", NOW, tmp_path) == ()


def test_with_nothing_given_all_of_it_is_told_at_once() -> None:
    bare = replace(WHOLE, live={}, alarm=Alarm())
    assert set(needs(bare)) == set(Need) - {Need.HOURS}
    assert all(missing.says and missing.mend for missing in live_check(bare, "centre", NOW, CONFIG))


@pytest.mark.parametrize(
    ("settings", "need"),
    [
        (with_live(standing=None), Need.STANDING),
        (with_live(rota=Vouched(by="A", on=date(2026, 10, 20))), Need.ROTA),
        (with_live(drill=None), Need.DRILL),
        (with_live(standing=Vouched(by=" ", on=date(2026, 11, 1))), Need.STANDING),
        (with_live(standing=Vouched(by="A", on=date(2026, 11, 22))), Need.STANDING),
        (with_live(standing=Vouched(by="A", on=date(2025, 11, 20))), Need.STANDING),
        (with_live(numbers={"GB": WORD}), Need.NUMBERS),
        (with_live(numbers={"GB": WORD, "DE": Vouched(by="A", on=date(2026, 5, 1))}), Need.NUMBERS),
        (with_live(dialogue={"en": WORD}), Need.DIALOGUE),
        (with_live(screens={"de": WORD}), Need.SCREENS),
        (with_live(advice={}), Need.ADVICE),
        (with_live(privacy_notice="somewhere"), Need.PRIVACY_NOTICE),
        (with_live(data_protection_assessment=" "), Need.ASSESSMENT),
        (replace(WHOLE, alarm=Alarm()), Need.ALARM),
    ],
)
def test_each_thing_is_missed_by_name(settings: Settings, need: Need) -> None:
    assert set(needs(settings)) == {need}


def test_each_country_and_language_is_missed_for_itself() -> None:
    told = [missing.says for missing in live_check(with_live(numbers={}, advice={}), "centre", NOW, CONFIG)]
    for what in ("numbers of DE", "numbers of GB", "advice in “de”", "advice in “en”"):
        assert any(what in says for says in told)


def test_communities_of_another_desk_ask_nothing_of_this_one() -> None:
    other = {**WHOLE.communities, "x": Community(name="X", desk="lead", country="FR", language="fr")}
    assert needs(replace(WHOLE, communities=other)) == []


def test_where_no_community_names_a_country_the_numbers_are_missing() -> None:
    nowhere = {"chess": Community(name="Chess", desk="centre")}
    assert Need.NUMBERS in needs(replace(WHOLE, communities=nowhere))


def test_a_named_lead_needs_hours() -> None:
    assert Need.HOURS in needs(WHOLE, "lead")


@pytest.mark.parametrize("desk", ["practice", "nowhere"])
def test_what_is_no_live_desk_is_told_so(desk: str) -> None:
    assert needs(WHOLE, desk) == [Need.STANDING]


# The pass.


@pytest.fixture
def passing(tmp_path: Path, shipped: Path) -> Callable[[], Settings]:
    file = tmp_path / "centre.live"
    centre = replace(WHOLE.desks["centre"], live_check=str(file))
    settings = replace(WHOLE, desks={**WHOLE.desks, "centre": centre})
    file.write_bytes(live_pass(settings, "centre", NOW, shipped))
    return lambda: settings


def test_a_pass_that_was_just_written_holds(passing: Callable[[], Settings], shipped: Path) -> None:
    assert pass_fault(passing(), "centre", NOW, shipped) is None
    assert pass_fault(passing(), "centre", NOW + timedelta(days=92), shipped) is None


def test_a_pass_grows_old(passing: Callable[[], Settings], shipped: Path) -> None:
    fault = pass_fault(passing(), "centre", NOW + timedelta(days=92, seconds=1), shipped)
    assert fault == "passed on 2026-11-21, which is not within 92 days."


def test_a_pass_from_the_future_is_none(passing: Callable[[], Settings], shipped: Path) -> None:
    assert pass_fault(passing(), "centre", NOW - timedelta(seconds=1), shipped)


def test_other_settings_than_those_checked_need_another_check(
    passing: Callable[[], Settings], shipped: Path
) -> None:
    settings = passing()
    chess = {**settings.communities, "chess": Community(name="Chess", desk="centre", country="FR")}
    wide = {**settings.desks, "centre": replace(settings.desks["centre"], closes="23:00")}
    for changed in (
        replace(settings, communities=chess),
        replace(settings, desks=wide),
        replace(settings, live={}),
    ):
        fault = pass_fault(changed, "centre", NOW, shipped)
        assert fault == "passed with other settings, helplines, rules or texts than these."


def test_one_changed_number_in_the_helplines_needs_another_check(
    passing: Callable[[], Settings], shipped: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "config"
    (copied / "locales").mkdir(parents=True)
    for name in live.DATA_FILES:
        (copied / name).write_bytes((shipped / name).read_bytes())
    for text in (shipped / "locales").rglob("*.ftl"):
        target = copied / text.relative_to(shipped)
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(text.read_bytes())
    assert pass_fault(passing(), "centre", NOW, copied) is None
    helplines = copied / "helplines.toml"
    helplines.write_text(helplines.read_text(encoding="utf-8").replace('"999"', '"998"', 1), encoding="utf-8")
    assert pass_fault(passing(), "centre", NOW, copied)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"passed",
        b"{}",
        b'{"desk":"centre","passed_at":"2026-11-21","digest":"x"}',
        msgspec.json.encode(LivePass(desk="lead", passed_at=NOW, digest="0")),
        msgspec.json.encode(LivePass(desk="centre", passed_at=NOW, digest="0" * 64)),
    ],
)
def test_a_file_that_the_check_did_not_write_lets_nothing_start(
    passing: Callable[[], Settings], shipped: Path, content: bytes
) -> None:
    Path(passing().desks["centre"].live_check).write_bytes(content)
    assert pass_fault(passing(), "centre", NOW, shipped)


def test_a_missing_file_or_none_named_lets_nothing_start(
    passing: Callable[[], Settings], shipped: Path
) -> None:
    Path(passing().desks["centre"].live_check).unlink()
    assert "is not there" in str(pass_fault(passing(), "centre", NOW, shipped))
    assert pass_fault(WHOLE, "centre", NOW, shipped) == "names no live_check file."
