"""The pages' sentences and templates: keyed messages, escaped always. It decides nothing about a report."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Protocol

import jinja2

from core.dialogue.model import Say
from core.dialogue.texts import Texts
from desk.console.reading import size_of

LANGUAGE = "en"
_KEY = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]*")
_CHOSEN = {
    "danger": "danger",
    "runs_place": "runs-place",
    "who": "who",
    "age": "age",
    "team_may_know_name": "choice",
    "moderators_may_know": "choice",
    "others_use_phone": "phone",
    "may_push": "choice",
}
_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


class Sayer(Protocol):
    def __call__(self, key: str, /, **args: str | int) -> str: ...


class Pages:
    """Templates filled with values. Every value is escaped; only templates of ours hold markup."""

    def __init__(self, texts: Texts, **everywhere: Any) -> None:
        self._env = _environment(texts)
        self._everywhere = everywhere
        self.say: Sayer = partial(_say, texts)

    def render(self, template: str, **values: Any) -> str:
        return self._env.get_template(template).render(**self._everywhere, **values)


@lru_cache(maxsize=2)
def _environment(texts: Texts) -> jinja2.Environment:
    """Every template, compiled once: a fault in one shows at the start, and not at night."""
    env = jinja2.Environment(
        loader=jinja2.PackageLoader("desk.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    say = partial(_say, texts)
    env.globals.update(t=say, since=partial(since, say), said=partial(_said, say))
    env.globals.update(known=partial(_known, texts), country=partial(_country, texts), size=size_of)
    env.globals.update(exact=exact, exact_short=exact_short, exact_iso=exact_iso)
    for name in env.list_templates():
        env.get_template(name)
    return env


def _say(texts: Texts, key: str, /, **args: str | int | Say) -> str:
    return texts.say(Say(key, args), LANGUAGE)


def _known(texts: Texts, family: str, code: str) -> str:
    """The words of a code that another room chose; the code itself where the catalogue lacks it."""
    key = f"{family}{code}"
    return texts.say(Say(key), LANGUAGE) if _KEY.fullmatch(key) and texts.has(key) else code


def _country(texts: Texts, code: str) -> str:
    """Its name beside its code; what is no country of ours stays as it was sent."""
    name = _known(texts, "country-", code)
    return code if name == code else f"{name} ({code})"


def _said(say: Sayer, field: str, value: str) -> str:
    """A changed answer in words: what was chosen from the catalogue, what was typed as it is."""
    family = _CHOSEN.get(field)
    return say(f"desk-{family}-{value}") if family else value


def exact(at: datetime) -> str:
    """As a specialist reads it out: day, time to the second, and the zone."""
    return at.astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S UTC")


def exact_short(at: datetime) -> str:
    """The same without the year, where lines are compared."""
    return at.astimezone(UTC).strftime("%-d %b, %H:%M:%S UTC")


def exact_iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(say: Sayer, span: timedelta) -> str:
    """How long, in the two largest units that matter: `now`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    seconds = int(abs(span.total_seconds()))
    if seconds < _MINUTE:
        return say("desk-span-now")
    if seconds < _HOUR:
        return say("desk-span-minutes", minutes=seconds // _MINUTE)
    if seconds < _DAY:
        return say("desk-span-hours", hours=seconds // _HOUR, minutes=seconds % _HOUR // _MINUTE)
    return say("desk-span-days", days=seconds // _DAY, hours=seconds % _DAY // _HOUR)
