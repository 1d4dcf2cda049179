"""The gate before a desk goes live: what it asks for, what of it is missing, and the proof that nothing was.

It grows with what Lifebelt can do: what this version cannot do yet stands here as missing, and is never waved
through. Looks at the settings and at the files it is given; asks nobody.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from core import datafile
from core.datafile import Fault
from core.errors import SettingsInvalid
from core.reports.model import Standing
from core.settings.consistency import is_web_address
from core.settings.model import Community, Desk, Live, Settings, Vouched

GOOD_FOR = timedelta(days=92)
"""How long a passed check stands; helplines and people change."""
WORD_GOOD_FOR = timedelta(days=365)
"""How long a named person's word stands."""
ROTA_GOOD_FOR = timedelta(days=31)
"""How long somebody's word stands that the shifts ahead are accepted."""
DRILL_GOOD_FOR = timedelta(days=31)
"""How long a drill that was passed before going live stands; afterwards there is one every week."""
NUMBERS_GOOD_FOR = timedelta(days=183)
"""How long checked telephone numbers stand."""
DATA_FILES = ("helplines.toml", "categories.toml", "triage.toml", "desk.toml")


class Need(StrEnum):
    """What a desk needs before children may rely on it."""

    STANDING = "standing"
    HOURS = "hours"
    ROTA = "rota"
    NUMBERS = "numbers"
    DIALOGUE = "dialogue"
    SCREENS = "screens"
    ADVICE = "advice"
    DRILL = "drill"
    ALARM = "alarm"
    PRIVACY_NOTICE = "privacy_notice"
    ASSESSMENT = "data_protection_assessment"


class Missing(NamedTuple):
    """One thing that stands between a desk and going live."""

    need: Need
    says: str
    mend: str


class LivePass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file named by `live_check` holds: nothing was missing then, for exactly these settings."""

    desk: str
    passed_at: datetime
    digest: str


def live_check(settings: Settings, desk: str, now: datetime, config: Path) -> tuple[Missing, ...]:
    """All that is missing before this desk may go live, each thing whatever else is missing."""
    found = settings.desks.get(desk)
    if found is None or found.standing in {Standing.PRACTICE, Standing.NONE}:
        says = f"{desk} is no desk that could go live."
        mend = f'Set standing = "lead" or "specialist" under [desks.{desk}].'
        return (Missing(Need.STANDING, says, mend),)
    asked = _Asked(settings, desk, found, settings.live.get(desk, Live()), now.date(), config)
    return tuple(_missing(asked))


def live_pass(settings: Settings, desk: str, now: datetime, config: Path) -> bytes:
    """The content of the file that lets this desk start. Raises SettingsInvalid where anything is missing."""
    faults = tuple(
        Fault("settings", None, f"live.{desk}.{missing.need}", missing.says, missing.mend)
        for missing in live_check(settings, desk, now, config)
    )
    if faults:
        raise SettingsInvalid(faults)
    passed = LivePass(desk=desk, passed_at=now, digest=_digest(settings, desk, config))
    return msgspec.json.encode(passed) + b"\n"


def pass_fault(settings: Settings, desk: str, now: datetime, config: Path) -> str | None:
    """Why the file named by `live_check` does not let this desk start; None where it does."""
    named = settings.desks[desk].live_check
    if not named:
        return "names no live_check file."
    try:
        passed = msgspec.json.decode(Path(named).read_bytes(), type=LivePass)
    except OSError:
        return f"has not passed: {named} is not there."
    except msgspec.MsgspecError:
        return f"has not passed: {named} is not what the check writes."
    if passed.desk != desk:
        return f"has not passed: {named} is that of {passed.desk}."
    if not timedelta(0) <= now - passed.passed_at <= GOOD_FOR:
        return f"passed on {passed.passed_at:%Y-%m-%d}, which is not within {GOOD_FOR.days} days."
    if passed.digest != _digest(settings, desk, config):
        return "passed with other settings, helplines, rules or texts than these."
    return None


class _Asked(NamedTuple):
    settings: Settings
    name: str
    desk: Desk
    live: Live
    today: date
    config: Path

    @property
    def communities(self) -> Mapping[str, Community]:
        """Those whose reports come to this desk."""
        return {name: one for name, one in self.settings.communities.items() if one.desk == self.name}


def _missing(asked: _Asked) -> Iterator[Missing]:
    at = f"[live.{asked.name}]"
    if reason := _word(asked.live.standing, asked.today, WORD_GOOD_FOR):
        says = f"nobody vouches that the desk is what it says: {reason}."
        yield Missing(Need.STANDING, says, f'Under {at}: standing = {{ by = "Full Name", on = … }}.')
    if asked.desk.standing is Standing.LEAD and not asked.desk.opens:
        says = "a named lead has hours, and none are set."
        yield Missing(Need.HOURS, says, f"Set opens and closes under [desks.{asked.name}].")
    yield from _rota(asked, at)
    yield from _numbers(asked, at)
    yield from _signed_off(asked, at)
    if reason := _word(asked.live.drill, asked.today, DRILL_GOOD_FOR):
        says = f"nobody vouches that a drill was answered in time: {reason}."
        mend = f'Start one on the page Rota, then under {at}: drill = {{ by = "Full Name", on = … }}.'
        yield Missing(Need.DRILL, says, mend)
    yield from _papers(asked, at)


def _rota(asked: _Asked, at: str) -> Iterator[Missing]:
    """Shifts lie in the ledger of the desk: that there are some, a named person says."""
    if reason := _word(asked.live.rota, asked.today, ROTA_GOOD_FOR):
        says = f"nobody vouches that named people have accepted the shifts of the next weeks: {reason}."
        mend = f'Plan them on the page Rota, then under {at}: rota = {{ by = "Full Name", on = … }}.'
        yield Missing(Need.ROTA, says, mend)
    if asked.desk.url:
        return  # its hours and its ladder lie on its own host, which asks for them
    written = _written(asked.config / "desk.toml")
    if not any(isinstance(each, dict) and each.get("desk") == asked.name for each in _list(written, "hours")):
        says = "its hours are not written, so nobody is ever named as on duty."
        yield Missing(Need.HOURS, says, f'Write [[hours]] with desk = "{asked.name}" in config/desk.toml.')
    ladder = written.get("ladder_minutes")
    if not isinstance(ladder, dict) or "P0" not in ladder:
        says = "nothing says who is told when nobody answers."
        yield Missing(Need.ROTA, says, "Write [ladder_minutes.P0] in config/desk.toml.")


def _written(file: Path) -> Mapping[str, object]:
    """What stands in a data file; nothing where it cannot be read, which another check says."""
    try:
        return datafile.read(file).values
    except SettingsInvalid:
        return {}


def _list(written: Mapping[str, object], name: str) -> Iterable[object]:
    found = written.get(name)
    return found if isinstance(found, list) else ()


def _numbers(asked: _Asked, at: str) -> Iterator[Missing]:
    countries = sorted({one.country for one in asked.communities.values()} - {""})
    if not countries:
        says = "no community of this desk says in which country it is, so no number could be checked."
        yield Missing(Need.NUMBERS, says, "Set country in its communities.")
    for country in countries:
        if reason := _word(asked.live.numbers.get(country), asked.today, NUMBERS_GOOD_FOR):
            says = f"nobody vouches for the telephone numbers of {country}: {reason}."
            mend = f'Ring them, then under {at}: numbers.{country} = {{ by = "Full Name", on = … }}.'
            yield Missing(Need.NUMBERS, says, mend)


def _signed_off(asked: _Asked, at: str) -> Iterator[Missing]:
    languages = sorted({one.language for one in asked.communities.values()}) or ["en"]
    words = (
        (Need.DIALOGUE, asked.live.dialogue),
        (Need.SCREENS, asked.live.screens),
        (Need.ADVICE, asked.live.advice),
    )
    for need, by_language in words:
        for language in languages:
            if reason := _word(by_language.get(language), asked.today, WORD_GOOD_FOR):
                says = f"nobody signed off the {need} in “{language}”: {reason}."
                mend = f'Under {at}: {need}.{language} = {{ by = "Full Name", on = … }}.'
                yield Missing(need, says, mend)


def _papers(asked: _Asked, at: str) -> Iterator[Missing]:
    alarm = asked.settings.alarm
    if not alarm.mail_to and not alarm.webhook_url:
        says = "nobody outside is told when a danger to life is not delivered, or not answered."
        yield Missing(Need.ALARM, says, "Set mail_to or webhook_url under [alarm]; pages go the same ways.")
    if not is_web_address(asked.live.privacy_notice):
        says = "no privacy notice is named."
        yield Missing(Need.PRIVACY_NOTICE, says, f'Under {at}: privacy_notice = "https://…".')
    if not asked.live.data_protection_assessment.strip():
        says = "no data-protection assessment is named."
        yield Missing(Need.ASSESSMENT, says, f'Under {at}: data_protection_assessment = "…".')


def _word(vouched: Vouched | None, today: date, good_for: timedelta) -> str | None:
    """Why a person's word does not count; None where it does."""
    if vouched is None or not vouched.by.strip():
        return "no name is given"
    if vouched.on > today:
        return f"{vouched.on} is yet to come"
    if today - vouched.on > good_for:
        return f"{vouched.by} did on {vouched.on}, more than {good_for.days} days ago"
    return None


def _digest(settings: Settings, desk: str, config: Path) -> str:
    """SHA-256 over all that the check was about: desks, communities, the words given, the data files."""
    communities = {name: one for name, one in settings.communities.items() if one.desk == desk}
    about = (settings.desks, communities, settings.live.get(desk), settings.alarm)
    hashed = hashlib.sha256(msgspec.json.encode(about, order="sorted"))
    for file in _files(config):
        hashed.update(f"\n{file.relative_to(config).as_posix()}\n".encode())
        hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()


def _files(config: Path) -> Iterable[Path]:
    return [*(config / name for name in DATA_FILES), *sorted((config / "locales").rglob("*.ftl"))]
