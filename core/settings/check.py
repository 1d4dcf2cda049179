"""Says what is wrong with readable settings, what a child would miss, and whether they may start.

Looks at the settings and at files; starts nothing and asks nobody.
"""

import ipaddress
import stat
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from core import datafile
from core.advice.helplines import HelpBook
from core.datafile import Fault
from core.errors import SettingsInvalid
from core.reports.categories import Categories
from core.reports.model import Standing
from core.reports.triage import Rules
from core.settings.consistency import LIVE
from core.settings.live import live_check, pass_fault
from core.settings.model import Community, Desk, Settings
from core.settings.shipped import config_dir

__all__ = ["Finding", "Level", "check", "live_check", "refuse_start"]


class Level(StrEnum):
    FAULT = "fault"  # it does not start like this
    WARNING = "warning"  # it starts, and somebody gets less than they could
    OK = "ok"


class Finding(NamedTuple):
    """One line of `lifebelt check`."""

    level: Level
    key: str
    says: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f" Mend: {self.mend}" if self.mend else ""
        return f"{self.level:<8}{self.key}: {self.says}{mend}"


def check(settings: Settings, now: datetime, config: Path | None = None) -> list[Finding]:
    """Every finding, faults first; one OK line where there is none to mend."""
    config = config or config_dir()
    found = [*_data_files(config), *_standings(settings, now, config), *_secrets(settings)]
    found += _warnings(settings, config)
    if all(finding.level is Level.OK for finding in found):
        found.append(Finding(Level.OK, "settings", "nothing to mend."))
    return sorted(found, key=lambda finding: list(Level).index(finding.level))


def refuse_start(settings: Settings, now: datetime, config: Path | None = None) -> None:
    """Raises SettingsInvalid where a desk may not stand here as it says it does, with what is missing."""
    found = _standings(settings, now, config or config_dir())
    datafile.refuse(
        Fault("settings", None, finding.key, finding.says, finding.mend)
        for finding in found
        if finding.level is Level.FAULT
    )


def _standings(settings: Settings, now: datetime, config: Path) -> Iterator[Finding]:
    for name, desk in settings.desks.items():
        if desk.standing is Standing.PRACTICE:
            yield from _practice(name, settings)
        elif desk.standing in LIVE:
            yield from _live(name, settings, now, config)


def _practice(name: str, settings: Settings) -> Iterator[Finding]:
    key, server = f"desks.{name}.standing", settings.server
    if not server.in_container:
        for where, host in (("server.host", server.host), ("server.desk_host", server.desk_host)):
            if not is_loopback(host):
                says = f"a practice desk stands on loopback only, and {where} is {host}."
                yield Finding(Level.FAULT, key, says, f'Set {where} = "127.0.0.1".')
    for where in ("public_url", "desk_public_url"):
        url = getattr(server, where)
        if url and not is_loopback(urlsplit(url).hostname or ""):
            says = f"a practice desk stands on loopback only, and server.{where} is {url}."
            yield Finding(Level.FAULT, key, says, f"Leave {where} empty.")
    yield Finding(Level.OK, key, "practice: nobody reads this, and every screen says so.")


def _live(name: str, settings: Settings, now: datetime, config: Path) -> Iterator[Finding]:
    key = f"desks.{name}.standing"
    fault = pass_fault(settings, name, now, config)
    if fault is None:
        yield Finding(Level.OK, key, "live, and it passed its check.")
        return
    mend = "See what is missing below, then run `lifebelt check --live`."
    yield Finding(Level.FAULT, key, f"a desk that children rely on {fault}", mend)
    for missing in live_check(settings, name, now, config):
        yield Finding(Level.FAULT, f"live.{name}.{missing.need}", missing.says, missing.mend)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a listener on `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _data_files(config: Path) -> Iterator[Finding]:
    try:
        categories = Categories.load(config / "categories.toml")
        Rules.load(config / "triage.toml", categories)
    except SettingsInvalid as error:
        yield from _as_findings(error)
    try:
        HelpBook.load(config / "helplines.toml")
    except SettingsInvalid as error:
        yield from _as_findings(error)


def _as_findings(error: SettingsInvalid) -> Iterator[Finding]:
    for fault in error.faults:
        if isinstance(fault, str):
            yield Finding(Level.FAULT, "settings", fault)
            continue
        where = fault.file if fault.line is None else f"{fault.file}:{fault.line}"
        yield Finding(Level.FAULT, where, f"{fault.key} {fault.reason}".strip(), fault.mend)


def _secrets(settings: Settings) -> Iterator[Finding]:
    alarm = settings.alarm
    for key in ("webhook_secret_file", "smtp_password_file"):
        if name := getattr(alarm, key):
            yield from _secret_file(f"alarm.{key}", Path(name))
    for key in ("bot_token_file", "signing_secret_file", "app_token_file"):
        if name := getattr(settings.slack, key):
            yield from _secret_file(f"slack.{key}", Path(name))
    if settings.discord.token_file:
        yield from _secret_file("discord.token_file", Path(settings.discord.token_file))


def _signals(url: str) -> Iterator[Finding]:
    key, parts = "storage.redis_url", urlsplit(url)
    if parts.scheme == "redis" and not is_loopback(parts.hostname or ""):
        says = "what crosses to Redis, its password included, is not encrypted."
        yield Finding(Level.WARNING, key, says, "Write rediss:// and turn on TLS there.")
    for option, (name, *_) in parse_qs(parts.query).items():
        if option.startswith("ssl_") and not Path(name).is_file():
            yield Finding(Level.FAULT, key, f"the file in {option} is not there.", "Name one that is.")


def _secret_file(key: str, file: Path) -> Iterator[Finding]:
    try:
        mode = file.stat().st_mode
    except OSError:
        yield Finding(Level.FAULT, key, f"{file} is not there.", "Write the secret into it.")
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding(Level.FAULT, key, f"others can read {file}.", f"chmod 600 {file}")


def _warnings(settings: Settings, config: Path) -> Iterator[Finding]:
    if not settings.alarm.mail_to and not settings.alarm.webhook_url:
        says = "nobody outside is told when a report in danger to life is not delivered."
        yield Finding(Level.WARNING, "alarm", says, "Set mail_to or webhook_url.")
    if not settings.communities:
        says = "there is no community, so there is no button."
        yield Finding(Level.WARNING, "communities", says, "Add [communities.<id>].")
    if not settings.road.run_by and any(each.platform == "slack" for each in settings.communities.values()):
        says = (
            "on Slack the first screen says who controls the app: without a name, whoever runs the workspace."
        )
        yield Finding(
            Level.WARNING, "road.run_by", says, "Write who made the app, as people there know them."
        )
    yield from _signals(settings.storage.redis_url)
    for name, desk in settings.desks.items():
        yield from _about_desk(name, desk, settings)
    languages = {folder.name for folder in (config / "locales").glob("*") if folder.is_dir()}
    for name, community in settings.communities.items():
        yield from _about_community(name, community, languages)
    yield from _about_help(settings.communities.values(), config)


def _about_desk(name: str, desk: Desk, settings: Settings) -> Iterator[Finding]:
    key = f"desks.{name}"
    if desk.run_by_community and not desk.second_desk:
        says = "a report about whoever runs the community gets a sheet with where to report, and no desk."
        yield Finding(Level.WARNING, f"{key}.second_desk", says, "Name a desk that others run.")
    used = {community.desk for community in settings.communities.values()}
    used |= {other.second_desk for other in settings.desks.values()}
    if name not in used:
        yield Finding(Level.WARNING, key, "no community's reports come here.", f'Set desk = "{name}" in one.')
    if not desk.url:
        says = "its keys lie on this host beside the road: whoever takes over this host can read its reports."
        yield Finding(Level.WARNING, f"{key}.url", says, "Run the desk on a host of its own.")


def _about_community(name: str, community: Community, languages: Iterable[str]) -> Iterator[Finding]:
    key = f"communities.{name}"
    if not community.desk:
        says = "has no desk: a child gets a sheet with where to report, and nothing is stored."
        yield Finding(Level.WARNING, f"{key}.desk", says, "Name a desk.")
    if not community.country:
        says = "no country is set: no emergency number is shown until the child chooses one."
        yield Finding(Level.WARNING, f"{key}.country", says, "Set its country.")
    if community.language not in languages:
        says = f"there are no texts in “{community.language}”."
        mend = f"Choose one of: {', '.join(sorted(languages))}."
        yield Finding(Level.WARNING, f"{key}.language", says, mend)
    for origin in community.origins:
        if origin.startswith("http:") and not is_loopback(urlsplit(origin).hostname or ""):
            says = f"{origin} is not encrypted: anyone on the way can read what is handed over."
            yield Finding(Level.WARNING, f"{key}.origins", says, "Serve the page by https.")


def _about_help(communities: Iterable[Community], config: Path) -> Iterator[Finding]:
    try:
        book = HelpBook.load(config / "helplines.toml")
    except SettingsInvalid:
        return
    for country in sorted({community.country for community in communities} - {""}):
        help_there = book.help_for(country)
        lacking = [
            words
            for words, found in (
                ("emergency number", help_there.emergency),
                ("child helpline by telephone", help_there.child_line),
                ("child helpline in writing", help_there.child_chat),
            )
            if found is None
        ]
        if lacking:
            says = f"{country} has no checked {', no '.join(lacking)}: the international directory is shown."
            yield Finding(Level.WARNING, "helplines.toml", says, "Check one, and add it with its source.")
