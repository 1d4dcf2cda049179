"""The front door: the command line, and the one place where everything is built, run and shut down in order.

Reads the environment, once. The rooms are built here and know nothing of each other.
"""

import argparse
import asyncio
import ctypes
import logging
import os
import random
import resource
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final, TextIO

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bots.discord.settings import DiscordSettings
from bots.slack.settings import SlackSettings, is_proxy
from bots.web.adapter import Neighbours
from bots.web.adapter import create as create_web
from bots.web.settings import WebSettings
from core.advice.helplines import HelpBook
from core.chat.claims import Claims, LedgerClaims
from core.checkpoints import Checkpoint, no_checkpoint
from core.clock import Clock, SystemClock
from core.delivery import outbox
from core.delivery.alarms import Alarms
from core.delivery.bells import MailBell, WebhookBell
from core.delivery.desk import DeskDestination, open_session
from core.delivery.duty import OnDuty
from core.delivery.metrics import Metrics
from core.delivery.news import Notifier, Poller
from core.delivery.screens import Emptier, OpenScreens
from core.delivery.unlocking import Unlocker
from core.delivery.wayback import opener
from core.delivery.wire import API
from core.delivery.worker import Worker
from core.dialogue.flow import Dialogue
from core.dialogue.texts import Texts
from core.errors import (
    Fault,
    InputRefused,
    LedgerError,
    LedgerUnavailable,
    LifebeltError,
    SettingsInvalid,
)
from core.evidence.drafts import KEY_BYTES, DraftKey, new_draft_key
from core.evidence.keys import KeyFolder, key_file, new_recovery
from core.evidence.sealing import Recipient, SecretKey, recipient
from core.ids import CommunityId, DeskName, ItemId, RoadName
from core.ledger.backends import OpenableLedger, open_ledger
from core.ledger.copying import Copied, copy
from core.ledger.leases import Held, Leases, abandon
from core.ledger.migration import versions
from core.ledger.road import leases as road_leases
from core.ledger.road import trail as road_trail
from core.ledger.schedules import Schedule
from core.ledger.schema import ROAD, Schema
from core.ledger.trail import Verdict, verify
from core.platform import Platform
from core.reports.categories import Categories
from core.reports.model import Standing
from core.reports.packing import Seals
from core.reports.retention import sweep
from core.reports.road import Road, Routing
from core.reports.routing import Routes
from core.reports.triage import Rules, is_urgent
from core.settings.check import Level, check, live_check, refuse_start
from core.settings.communities import COMMUNITIES_TOPIC, AdminChange, AdminKey, Communities
from core.settings.live import live_pass
from core.settings.loader import OIDC_SECRET, Overrides, load
from core.settings.model import Settings
from core.settings.secrets import read_secret
from core.settings.shipped import config_dir
from core.signals.backends import RunnableSignals, open_signals
from desk.care.model import load_care
from desk.casework.outcomes import Outcomes, load_outcomes
from desk.console.app import console_app
from desk.demo.filling import fill
from desk.demo.making import Maker
from desk.demo.playing import Desk
from desk.demo.stories import Told as Made
from desk.duties.catalogue import load_duties
from desk.intake import intake_app
from desk.keeping.retention import load_retention
from desk.pack.command import lines, verified
from desk.resealing import reseal
from desk.review.model import load_review
from desk.rota.plan import load_plan
from desk.rota.sending import Ways, ways_of
from desk.service import DeskService
from desk.staff.accounts import Staff
from desk.staff.model import INVITE_LASTS, Role, Roles, first_roles
from desk.staff.provider import Provider
from desk.staff.staff_key import StaffKey
from desk.staff.throttle import Throttle
from desk.tables import DESK
from desk.tables import leases as desk_leases
from desk.tables import trail as desk_trail
from desk.talk.questions import load_questions
from desk.targets import load_targets
from desk.witness.checking import checked, given
from desk.witness.telling import LOOK_EVERY, HeadTelling

PLATFORMS: Final = frozenset({"web", "discord", "slack"})
"""Every platform there is. One that needs a library of its own is imported when it is asked for."""
SLACK_MOUNT: Final = "/slack"
OPEN_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
LOOK_AGAIN_S: Final = 2.0
SWEEP_EVERY: Final = timedelta(hours=1)
GRACE_S: Final = 20.0
"""How long requests and deliveries under way may take to end when we stop."""

YES_NO: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}

log = structlog.get_logger("lifebelt")


def _origin(host: str, port: int) -> str:
    """Where somebody on this very machine reaches a listener, also one that stands on every address."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - looked up, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refused(key: str, reason: str, mend: str) -> SettingsInvalid:
    return SettingsInvalid((Fault("settings", None, key, reason, mend),))


class Part(StrEnum):
    """What one process may run; `up` runs all of it."""

    BOTS = "bots"
    DESK = "desk"
    WORKER = "worker"


@dataclass(kw_only=True)
class House:
    """Everything one process is made of, built when it is first asked for. Nothing here is global."""

    settings: Settings
    parts: frozenset[Part]
    writable: bool = True
    """False for a command that only looks, while another process writes."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    clock: Clock = field(default_factory=SystemClock)
    checkpoint: Checkpoint = no_checkpoint
    asked_for: frozenset[str] = frozenset()
    """The platforms named on the command line; none: those of the settings."""

    destinations: dict[DeskName, DeskDestination] = field(default_factory=dict)
    """The desks as this process reaches them; there once it runs."""

    @cached_property
    def data(self) -> Path:
        folder = Path(self.settings.storage.data).expanduser().absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @cached_property
    def keys(self) -> KeyFolder:
        return KeyFolder(self.data / "keys", self.clock)

    @property
    def makes_keys(self) -> bool:
        """Only practice makes missing keys by itself: a live desk's would be new ones that nobody pinned."""
        return all(desk.standing is Standing.PRACTICE for desk in self.settings.desks.values())

    @cached_property
    def registry(self) -> CollectorRegistry:
        return CollectorRegistry()

    @cached_property
    def signals(self) -> RunnableSignals:
        return open_signals(self.settings.storage.redis_url, self.clock)

    @cached_property
    def texts(self) -> Texts:
        return Texts.load(config_dir() / "locales")

    @cached_property
    def helplines(self) -> HelpBook:
        return HelpBook.load(config_dir() / "helplines.toml")

    @cached_property
    def categories(self) -> Categories:
        return Categories.load(config_dir() / "categories.toml")

    @cached_property
    def outcomes(self) -> Outcomes:
        return load_outcomes(config_dir() / "outcomes.toml")

    @cached_property
    def rules(self) -> Rules:
        return Rules.load(config_dir() / "triage.toml", self.categories)

    @cached_property
    def communities(self) -> Communities:
        return Communities(self.settings, languages=self.texts.languages, on_duty=self.on_duty.of)

    @cached_property
    def on_duty(self) -> OnDuty:
        """Whom the desks name as being there."""
        return OnDuty(self.road_ledger, self.signals, self.clock)

    @cached_property
    def screens(self) -> OpenScreens:
        """Private screens that stand open in chats; how to reach them is locked under a key of the road."""
        tag = self.keys.road(create=self.makes_keys).tag
        key = DraftKey(bytes.fromhex(tag.tag("screens", "handles"))[:KEY_BYTES])
        return OpenScreens(self.road_ledger, key, self.clock)

    @property
    def platforms(self) -> frozenset[str]:
        """Those that run in this process."""
        if Part.BOTS not in self.parts:
            return frozenset()
        if self.asked_for:
            return self.asked_for
        tokens = {"discord": self.discord_settings.token, "slack": self.slack_settings.bot_token}
        with_a_token = frozenset(name for name, token in tokens.items() if token)
        return frozenset(self.settings.road.platforms) | with_a_token

    @cached_property
    def discord_settings(self) -> DiscordSettings:
        return DiscordSettings.of(self.settings, self.environ)

    @cached_property
    def slack_settings(self) -> SlackSettings:
        return SlackSettings.of(self.settings, self.environ)

    @cached_property
    def road_ledger(self) -> OpenableLedger:
        return self._ledger(ROAD)

    @cached_property
    def desk_ledger(self) -> OpenableLedger:
        return self._ledger(DESK)

    @cached_property
    def leases(self) -> Leases:
        """What the processes of this road share out among them."""
        return Leases(self.road_ledger, road_leases, self.clock, self.new_holder)

    @cached_property
    def desk_leases(self) -> Leases:
        """The same among the processes of this desk."""
        return Leases(self.desk_ledger, desk_leases, self.clock, self.new_holder)

    @cached_property
    def claims(self) -> Claims | None:
        """Presses that other processes may be told of, too."""
        return None if self.is_alone() else LedgerClaims(self.road_ledger, self.new_holder())

    @staticmethod
    def new_holder() -> str:
        """A name that no process ever had."""
        return secrets.token_hex(16)

    @cached_property
    def road(self) -> Road:
        """The road with its rules; used as a context manager by whoever runs it."""
        routes = Routes(self.settings.desks)
        keys = self.keys.road(create=self.makes_keys)
        return Road(
            ledger=self.road_ledger,
            dialogue=Dialogue(self.helplines, self.categories),
            routing=Routing(
                candidates=routes.candidates,
                route=routes.route,
                is_urgent=lambda answers: is_urgent(answers, self.rules, self.categories),
            ),
            seals=Seals(
                desks=self.recipients(), road=keys.identity.public, tag=partial(keys.tag.tag, "reference")
            ),
            signals=self.signals,
            clock=self.clock,
            new_key=new_draft_key,
            desks=self.destinations,
            checkpoint=self.checkpoint,
            shared=not self.is_alone(),
        )

    @cached_property
    def desk(self) -> DeskService:
        """The desks of this very process. It alone reads the desk's keys."""
        return DeskService(
            ledger=self.desk_ledger,
            keys=replace(self.keys.desk(create=self.makes_keys), recovery=tuple(self.recovery())),
            signals=self.signals,
            clock=self.clock,
            roads=self.roads(),
            desks={DeskName(name): self.settings.desks[name].standing for name in self.local_desks()},
            communities=self.settings.communities,
            rules=self.rules,
            categories=self.categories,
            targets=load_targets(config_dir() / "desk.toml"),
            plan=load_plan(config_dir() / "desk.toml"),
            ways=self.ways,
            review=load_review(config_dir() / "desk.toml"),
            retention=load_retention(config_dir() / "retention.toml", self.categories, self.outcomes),
            checkpoint=self.checkpoint,
            registry=self.registry,
        )

    @property
    def ways(self) -> Ways:
        """How pages leave this desk: as its alarms do."""
        words = partial(self.texts.say, language="en")
        return ways_of(self.settings.alarm, self.alarm_secrets, words, self.clock, self.console_origin())

    def roads(self) -> dict[RoadName, Sequence[str]]:
        """Who may deliver here, and the secrets they sign with: roads of other hosts, and our own."""
        known: dict[RoadName, Sequence[str]] = {
            RoadName(name): [read_secret(file, "", self.environ) for file in road.secret_files]
            for name, road in self.settings.roads.items()
        }
        if Part.BOTS in self.parts or not known:
            known[RoadName(self.settings.road.name)] = [self.keys.road(create=self.makes_keys).webhook_secret]
        return known

    @cached_property
    def staff(self) -> Staff:
        key = self.keys.desk(create=self.makes_keys).reference
        scope = self.desk.scopes[0]
        return Staff(
            self.desk_ledger,
            Throttle(self.signals, bytes.fromhex(key.tag("staff", "throttle"))),
            self.clock,
            key=StaffKey(key),
            first=first_roles(scope.standing),
            needs_second=self.settings.desks[scope.desk].second_factor,
        )

    @cached_property
    def platform_ready(self) -> Gauge:
        what = "1 while presses reach this platform, else 0"
        return Gauge("lifebelt_platform_ready", what, ["platform"], registry=self.registry)

    @cached_property
    def redis_connected(self) -> Gauge:
        what = "1 while signals reach the other processes over Redis, else 0"
        return Gauge("lifebelt_redis_connected", what, registry=self.registry)

    @cached_property
    def delivery_metrics(self) -> Metrics:
        return Metrics(self.registry)

    @property
    def provider(self) -> Provider | None:
        """By whom this desk's people may sign in besides; None where the settings name nobody."""
        oidc = self.settings.desks[self.desk.scopes[0].desk].oidc
        if not oidc.issuer:
            return None
        secret = read_secret(oidc.client_secret_file, OIDC_SECRET, self.environ)
        if not secret:
            raise _refused(
                "desks.oidc", "goes without a secret.", f"Set client_secret_file or {OIDC_SECRET}."
            )
        return Provider(oidc, secret, self.clock)

    def console(self) -> web.Application:
        """The desk's screen, with the intake mounted beside it."""
        app = console_app(
            self.desk,
            self.staff,
            self.texts,
            scope=self.desk.scopes[0],
            categories=self.categories,
            outcomes=self.outcomes,
            questions=load_questions(config_dir() / "questions.toml"),
            provider=self.provider,
            laws=load_duties(config_dir() / "duties.toml"),
            care_settings=load_care(config_dir() / "desk.toml"),
            review_settings=load_review(config_dir() / "desk.toml"),
            community_name=self.community_name,
            public_url=self.settings.server.desk_public_url,
            open_paths=OPEN_PATHS,
        )
        app.add_subapp(API, intake_app(self.desk))
        return app

    def community_name(self, community: CommunityId) -> str:
        found = self.communities.get(community)
        return found.name if found else community

    def destination(self, name: str, session: aiohttp.ClientSession) -> DeskDestination:
        """A desk as this road delivers to it."""
        secret = self.keys.road(create=self.makes_keys).webhook_secret
        road = RoadName(self.settings.road.name)
        return DeskDestination(self.desk_origin(name), secret, road, session, clock=self.clock)

    @cached_property
    def alarm_secrets(self) -> tuple[str, str]:
        """The password of the mail server, and the secret that signs alarms."""
        alarm = self.settings.alarm
        password = read_secret(alarm.smtp_password_file, "LIFEBELT_ALARM_SMTP_PASSWORD", self.environ)
        secret = read_secret(alarm.webhook_secret_file, "LIFEBELT_ALARM_WEBHOOK_SECRET", self.environ)
        if alarm.webhook_url and not secret:
            raise _refused("alarm.webhook_url", "is signed with nothing.", "Set webhook_secret_file.")
        return password, secret

    def check(self) -> None:
        """What only this process can know of its settings. Raises SettingsInvalid."""
        if unknown := set(self.settings.road.platforms) - set(PLATFORMS):
            mend = f"Known are: {', '.join(sorted(PLATFORMS))}."
            raise _refused("road.platforms", f"{', '.join(sorted(unknown))} is not here.", mend)
        if "discord" in self.platforms and not self.discord_settings.token:
            mend = "Put the token of the app's bot into DISCORD_TOKEN, or name its file here."
            raise _refused("discord.token_file", "is empty: Discord lets nobody in without a token.", mend)
        if "slack" in self.platforms:
            self._check_slack()
        if Part.DESK in self.parts and len(self.local_desks()) != 1:
            mend = "Give every desk of another process its url; one process has one desk."
            raise _refused("desks", f"{len(self.local_desks())} desks are to live in this process.", mend)
        if self.parts & {Part.WORKER, Part.DESK}:
            self.alarm_secrets  # noqa: B018 - read before anything begins

    def _check_slack(self) -> None:
        if not self.slack_settings.bot_token:
            mend = "Put the token of the app's bot into SLACK_BOT_TOKEN, or name its file here."
            raise _refused("slack.bot_token_file", "is empty: Slack answers nobody without a token.", mend)
        if self.slack_settings.proxy and not is_proxy(self.slack_settings.proxy):
            mend = "Write it whole, http://host:port; it comes from here or from HTTPS_PROXY."
            raise _refused("slack.proxy", "is no address of a proxy: Slack could never be reached.", mend)
        if not self.slack_settings.is_reachable:
            mend = "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for a public address."
            raise _refused("slack", "names no way by which Slack's presses reach this process.", mend)

    def bells(self, session: aiohttp.ClientSession) -> list[MailBell | WebhookBell]:
        """The configured ways to tell somebody outside."""
        alarm = self.settings.alarm
        bells: list[MailBell | WebhookBell] = []
        password, secret = self.alarm_secrets
        if alarm.mail_to:
            bells.append(MailBell(alarm, password, partial(self.texts.say, language="en"), clock=self.clock))
        if alarm.webhook_url:
            bells.append(WebhookBell(alarm.webhook_url, secret, session, clock=self.clock))
        return bells

    def alarms(self, session: aiohttp.ClientSession) -> Alarms:
        """Whoever is told outside that a report does not arrive."""
        alarm = self.settings.alarm
        return Alarms(
            self.road_ledger,
            self.bells(session),
            clock=self.clock,
            urgent_after=timedelta(seconds=alarm.urgent_after_s),
            metrics=self.delivery_metrics,
            practising=self.makes_keys,
        )

    def poller(self, name: DeskName, desk: DeskDestination) -> Poller:
        """Fetches one desk's news."""
        return Poller(
            name,
            desk,
            self.road_ledger,
            self.signals,
            jitter=random.random,
            checkpoint=self.checkpoint,
            on_duty=self.on_duty,
            unlocker=Unlocker(name, self.road_identities, partial(self._recipients, name)),
        )

    def road_identities(self) -> Sequence[SecretKey]:
        """What opens who pressed, and the way back."""
        return [self.keys.road(create=self.makes_keys).identity]

    def notifier(self, platforms: Mapping[str, Platform]) -> Notifier:
        """Tells people on these platforms that there is news."""
        return Notifier(
            self.road_ledger,
            platforms,
            opener(self.road_identities),
            self.signals,
            jitter=random.random,
            checkpoint=self.checkpoint,
            metrics=self.delivery_metrics,
        )

    def slack(self) -> tuple[Platform, web.Application | None]:
        """The Slack room, and what takes Slack's own requests. Its library is read in only where needed."""
        from bots.slack import adapter

        given = adapter.Neighbours(
            road=self.road,
            places=self.communities,
            texts=self.texts,
            signals=self.signals,
            clock=self.clock,
            screens=self.screens,
            hash_key=self._counting_key("slack"),
            claims=self.claims,
        )
        return adapter.create(given, self.slack_settings)

    def web(self) -> tuple[Platform, web.Application]:
        """The web room, built by its own factory."""
        given = Neighbours(
            road=self.road,
            places=self.communities,
            countries=self.helplines,
            texts=self.texts,
            signals=self.signals,
            clock=self.clock,
            hash_key=self._counting_key("web"),
        )
        console = self.console_origin() if Part.DESK in self.parts else ""
        return create_web(given, WebSettings.of(self.settings, console_url=console))

    def discord(self) -> Platform:
        """The Discord room. Its library is read in only where it is needed."""
        from bots.discord import adapter

        given = adapter.Neighbours(
            road=self.road,
            places=self.communities,
            texts=self.texts,
            signals=self.signals,
            clock=self.clock,
            screens=self.screens,
            hash_key=self._counting_key("discord"),
            claims=self.claims,
            leases=None if self.is_alone() else self.leases,
            jitter=random.random,
        )
        return adapter.create(given, self.discord_settings)

    def _counting_key(self, platform: str) -> bytes:
        """Under which those who look for references are counted."""
        return bytes.fromhex(self.keys.road(create=self.makes_keys).tag.tag(platform, "look-ups"))

    def warnings(self) -> tuple[str, ...]:
        """What an operator has to know at every start."""
        found = []
        if any(desk.standing is Standing.PRACTICE for desk in self.settings.desks.values()):
            found.append("practice: nobody reads this. The recovery key lies beside the others.")
        if Part.DESK in self.parts and Part.BOTS in self.parts:
            found.append(
                f"the keys of road and desk lie on one host ({self.data / 'keys'}): "
                "whoever steals it can read the reports."
            )
        return tuple(found)

    def local_desks(self) -> tuple[str, ...]:
        """The desks that live in this installation: no address of another host is given for them."""
        return tuple(name for name, desk in self.settings.desks.items() if not desk.url)

    def recipients(self) -> dict[DeskName, Sequence[Recipient]]:
        """Whom each desk's reports are sealed to: pinned in the settings; in practice this folder's keys."""
        return {DeskName(name): self._recipients(name) for name in self.settings.desks}

    def desk_origin(self, name: str) -> str:
        """Where this road reaches a desk."""
        server = self.settings.server
        return self.settings.desks[name].url or _origin(server.desk_host, server.desk_port)

    def public_origin(self) -> str:
        server = self.settings.server
        return server.public_url or _origin(server.host, server.port)

    def console_origin(self) -> str:
        server = self.settings.server
        return server.desk_public_url or _origin(server.desk_host, server.desk_port)

    def is_there(self, name: str) -> bool:
        """Whether anything was ever stored in this ledger, as far as its file tells."""
        schema, _ = self.ledgers[name]
        return bool(self._address(name)) or self.embedded(schema).exists()

    def is_alone(self, name: str = ROAD.name) -> bool:
        """Whether this process alone writes to this ledger, as it does to an SQLite file."""
        url = self._address(name)
        return not url or url.startswith("sqlite")

    def embedded(self, schema: Schema) -> Path:
        """The file of a ledger for which the settings name no database."""
        return self.data / f"{schema.name}.sqlite"

    @property
    def ledgers(self) -> Mapping[str, tuple[Schema, Callable[[], OpenableLedger]]]:
        """By name, what each holds and how to have it."""
        return {
            ROAD.name: (ROAD, lambda: self.road_ledger),
            DESK.name: (DESK, lambda: self.desk_ledger),
        }

    def _address(self, name: str) -> str:
        storage = self.settings.storage
        return storage.road_database_url if name == ROAD.name else storage.desk_database_url

    def _ledger(self, schema: Schema) -> OpenableLedger:
        url = self._address(schema.name) or f"sqlite:///{self.embedded(schema)}"
        return open_ledger(url, schema, self.clock, writable=self.writable)

    def _recipients(self, name: str) -> Sequence[Recipient]:
        desk = self.settings.desks[name]
        if desk.recipients:
            return [recipient(text) for text in (*desk.recipients, desk.recovery) if text]
        return [self.keys.desk(create=self.makes_keys).current.public, *self.recovery()]

    def recovery(self) -> Sequence[Recipient]:
        """Those beside the desk's own key that everything at this desk is sealed to."""
        pinned = [self.settings.desks[name].recovery for name in self.local_desks()]
        return [recipient(text) for text in pinned if text] or [self.keys.practice_recovery()]


Stop = Callable[[], Awaitable[None] | None]
Enter = Callable[[AbstractAsyncContextManager[Any]], Awaitable[Any]]


class Running:
    """One process at work: listeners at once, ledgers opened behind them, everything ended in order."""

    def __init__(self, house: House, announce: Callable[[str], None] | None = None) -> None:
        self._house = house
        self._announce = announce or _announced
        self._stopping = asyncio.Event()
        self._opened = {"road": asyncio.Event(), "desk": asyncio.Event()}
        self._alarms: Alarms | None = None
        self._platforms: dict[str, Platform] = {}

    def stop(self) -> None:
        """Take nothing more, finish what was taken, and let `run` return."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`. Whoever presses is answered before a ledger is open, and while it is gone."""
        async with AsyncExitStack() as ending:
            await self._begin(ending.enter_async_context)
            self._say_where()
            await self._stopping.wait()
            log.info("stopping")
        log.info("stopped")

    async def _begin(self, enter: Enter) -> None:
        """What is entered first ends last: signals, ledgers, their writers, then who listens to people."""
        house = self._house
        server = house.settings.server
        desk = self._desk_app(), _bound(server.desk_host, server.desk_port)
        public = self._public_app()
        listens = _bound(server.host, server.port) if public else None
        if "discord" in house.platforms:
            self._platforms["discord"] = house.discord()
        await enter(_at_work(house.signals.run(), house.signals.stop))
        if Part.DESK in house.parts:
            await enter(self._open_ledger("desk", house.desk_ledger))
            await enter(self._behind("desk", house.desk.run, house.desk.stop))
            await enter(self._behind("desk", self._say_console))
            await enter(self._behind("desk", self._tell_heads))
        if house.parts & {Part.BOTS, Part.WORKER}:
            await enter(self._open_ledger("road", house.road_ledger))
            await self._reach_desks(enter)
        await enter(_listening(*desk))
        if Part.WORKER in house.parts:
            await self._begin_delivery(enter)
        if self._platforms:
            await self._begin_platforms(enter)
        if public and listens:
            await enter(_listening(public, listens))

    async def _begin_platforms(self, enter: Enter) -> None:
        house, platforms = self._house, self._platforms
        await enter(house.road)
        await enter(self._behind("road", self._keep_communities))
        await enter(self._behind("road", house.on_duty.run))
        for platform in platforms.values():
            await enter(_serving(platform))
        notifier = house.notifier(platforms)
        await enter(self._behind("road", notifier.run, notifier.stop))
        await enter(_at_work(Emptier(house.screens, platforms, house.clock).run()))

    async def _reach_desks(self, enter: Enter) -> None:
        """Whoever delivers needs them, and whoever answers a reference."""
        house, session = self._house, await enter(open_session())
        reached = {DeskName(name): house.destination(name, session) for name in house.settings.desks}
        house.destinations.update(reached)

    async def _begin_delivery(self, enter: Enter) -> None:
        house = self._house
        worker = Worker(
            house.road_ledger,
            house.destinations,
            house.signals,
            house.clock,
            jitter=random.random,
            checkpoint=house.checkpoint,
            metrics=house.delivery_metrics,
        )
        await enter(self._behind("road", self._sweep))
        self._alarms = house.alarms(await enter(open_session()))
        await enter(_at_work(self._alarms.run(), self._alarms.stop))
        for name, desk in house.destinations.items():
            poll = house.poller(name, desk).run
            await enter(self._behind("road", self._one_at_a_time(f"news/{name}", poll)))
        await enter(self._behind("road", partial(self._deliver, worker), worker.stop))

    def _public_app(self) -> web.Application | None:
        """What strangers and platforms reach: the pages, and beside them whoever calls by HTTP."""
        house, app = self._house, None
        if "web" in house.platforms:
            self._platforms["web"], app = house.web()
        if "slack" in house.platforms:
            self._platforms["slack"], events = house.slack()
            app = app or (web.Application() if events else None)
            if app and events:
                app.add_subapp(SLACK_MOUNT, events)
        if app:
            app.router.add_get("/healthz", _healthy)
        return app

    def _desk_app(self) -> web.Application:
        """The console with the intake beside it; in a process without a desk only what operators look at."""
        house = self._house
        app = house.console() if Part.DESK in house.parts else web.Application()
        app.router.add_get("/healthz", _healthy)
        app.router.add_get("/readyz", self._readiness)
        app.router.add_get("/metrics", self._metrics)
        if Part.DESK in house.parts:
            app.on_shutdown.append(self._end_waiting)
        return app

    async def _end_waiting(self, _app: web.Application) -> None:
        await self._house.desk.stop()

    async def _readiness(self, _request: web.Request) -> web.Response:
        """200, or 503 with what is not ready, in words for whoever runs this; and every alarm that stands.

        Without Redis everything goes on: it is said beside, and makes nothing unready.
        """
        faults = [f"the {name} ledger is not open or cannot write" for name in self._unready()]
        standing = self._alarms.standing if self._alarms else ()
        alarms = [f"{alarm.kind}: {alarm.count} since {alarm.since.isoformat()}" for alarm in standing]
        platforms = {name: platform.ready for name, platform in self._platforms.items()}
        body = {"ready": not faults, "not_ready": faults, "alarms": alarms, "platforms": platforms}
        if (redis := self._house.signals.outside) is not None:
            body["redis"] = redis
        return web.json_response(body, status=503 if faults else 200)

    def _unready(self) -> list[str]:
        house = self._house
        ledgers = {"desk": house.desk_ledger} if Part.DESK in house.parts else {}
        if house.parts & {Part.BOTS, Part.WORKER}:
            ledgers["road"] = house.road_ledger
        return [name for name, ledger in ledgers.items() if not ledger.ready]

    async def _metrics(self, _request: web.Request) -> web.Response:
        """What Prometheus reads: counts and times, no content, no names, no communities."""
        house = self._house
        for name, platform in self._platforms.items():
            house.platform_ready.labels(platform=name).set(platform.ready)
        if house.signals.outside is not None:
            house.redis_connected.set(house.signals.connected)
        with suppress(LedgerError):
            if Part.DESK in house.parts:
                await house.desk.measure()
            if Part.WORKER in house.parts:
                await house.delivery_metrics.observe(house.road_ledger)
        text = generate_latest(house.registry).decode()
        return web.Response(text=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    @asynccontextmanager
    async def _open_ledger(self, name: str, ledger: OpenableLedger) -> AsyncIterator[None]:
        """Open it in the background, again and again until it works; close it at the end."""
        try:
            async with _at_work(self._keep_trying(name, ledger)):
                yield
        finally:
            await ledger.close()

    async def _keep_trying(self, name: str, ledger: OpenableLedger) -> None:
        while True:
            try:
                await ledger.open()
            except LedgerUnavailable as error:
                log.error("ledger_not_open", ledger=name, why=str(error))  # noqa: TRY400 - it says all there is
                await asyncio.sleep(LOOK_AGAIN_S)
            else:
                self._opened[name].set()
                return

    def _behind(
        self, name: str, work: Callable[[], Awaitable[None]], stop: Stop | None = None
    ) -> AbstractAsyncContextManager[None]:
        """`work` as soon as that ledger is open."""
        return _at_work(self._when_open(name, work), stop, self._opened[name].is_set)

    async def _when_open(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        await self._opened[name].wait()
        await work()

    async def _deliver(self, worker: Worker) -> None:
        """Where one process alone writes, what a killed one held is delivered at once."""
        ledger = self._house.road_ledger
        if self._house.is_alone():
            with suppress(LedgerError):
                await ledger.transact(partial(outbox.abandon, now=await ledger.now()))
        await worker.run()

    def _one_at_a_time(self, name: str, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same work, done by one of the processes of this road; by this one where it is alone."""
        house = self._house
        return work if house.is_alone() else partial(house.leases.run, name, work)

    async def _sweep(self) -> None:
        """Forget what is past its time, every hour, and whenever a process begins that is alone."""
        if self._house.is_alone():
            with suppress(LedgerError):
                await self._house.road_ledger.transact(partial(abandon, table=road_leases))
        await Schedule(self._house.leases, "sweep", SWEEP_EVERY, self._swept).run()

    async def _swept(self, held: Held) -> None:
        forgotten = await sweep(self._house.road_ledger, held)
        log.info("swept", drafts=forgotten.drafts, parts=forgotten.parts, reports=forgotten.reports)

    async def _tell_heads(self) -> None:
        """Where the desk's trail ends, to the configured contact outside."""
        house = self._house
        async with open_session() as session:
            say = partial(house.texts.say, language="en")
            telling = HeadTelling(house.desk_ledger, house.bells(session), house.desk.keys, house.clock, say)
            if telling.can:
                await Schedule(house.desk_leases, "heads", LOOK_EVERY, telling.turn).run()

    async def _keep_communities(self) -> None:
        """Take over what admins set, at once and whenever somebody says that it changed."""
        while True:
            try:
                await self._house.communities.refresh(self._house.road_ledger)
            except LedgerError as error:
                log.warning("communities_not_refreshed", error=error.code)
            await self._house.signals.wait(COMMUNITIES_TOPIC, timedelta(minutes=1))

    def _say_where(self) -> None:
        house = self._house
        if "web" in house.platforms:
            self._announce(f"Press the button:  {house.public_origin()}/")
        if "discord" in house.platforms:
            named = sum(each.platform == "discord" for each in house.settings.communities.values())
            self._announce(
                f"On Discord:        {named} named server(s); elsewhere help, and nothing is stored"
            )
        if "slack" in house.platforms:
            self._announce(f"On Slack:          {self._slack_words()}")
        if Part.DESK in house.parts:
            self._announce(f"The desk:          {house.console_origin()}/")
        for warning in house.warnings():
            self._announce(f"Mind:              {warning}")

    def _slack_words(self) -> str:
        house = self._house
        named = sum(each.platform == "slack" for each in house.settings.communities.values())
        ways = []
        if house.slack_settings.app_token:
            ways.append("by a line of our own (Socket Mode)")
        if house.slack_settings.signing_secret:
            ways.append(f"at {house.public_origin()}{SLACK_MOUNT}/events")
        return f"{named} named workspace(s), {' and '.join(ways)}"

    async def _first_link(self) -> str | None:
        while True:
            try:
                return await self._house.staff.first_link()
            except LedgerError as error:
                log.warning("first_link_not_made", error=error.code)
                await asyncio.sleep(LOOK_AGAIN_S)

    async def _say_console(self) -> None:
        """The link to the first account, as soon as it can be stored; the button stands meanwhile."""
        house = self._house
        if house.is_alone(DESK.name):
            await self._say_first_link()
        else:
            await house.desk_leases.run("first-link", self._stand_by_first_link)

    async def _stand_by_first_link(self) -> None:
        """A new link makes the one before it useless: one process has it, until somebody used it."""
        while True:
            if not await self._say_first_link():
                return
            await asyncio.sleep(INVITE_LASTS.total_seconds())

    async def _say_first_link(self) -> bool:
        """Whether there is nobody yet who could let others in."""
        link = await self._first_link()
        if link is not None:
            self._announce(f"First account:     {self._house.console_origin()}/join/{link}  (works once)")
        return link is not None


@asynccontextmanager
async def _at_work(
    work: Coroutine[Any, Any, None], stop: Stop | None = None, begun: Callable[[], bool] = lambda: True
) -> AsyncIterator[None]:
    """Run `work` beside the body. At the end ask it to stop, give it time to finish, then cancel it.

    What has not `begun` has nothing to finish.
    """
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        finally:
            if stop is not None and begun() and not task.done():
                asked = stop()
                if asked is not None:
                    await asked
                await asyncio.wait({task}, timeout=GRACE_S)
            task.cancel()


def _bound(host: str, port: int) -> socket.socket:
    """A listening place of our own, taken before anything is begun. Raises PortTaken."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise PortTaken(host, port, error.strerror or "not here") from error


@asynccontextmanager
async def _listening(app: web.Application, place: socket.socket) -> AsyncIterator[None]:
    """Serve an application; at the end take no more, and finish what was taken. No access log: paths tell."""
    app.on_response_prepare.append(_anonymous)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=GRACE_S)
    await runner.setup()
    try:
        await web.SockSite(runner, place).start()
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _serving(platform: Platform) -> AsyncIterator[None]:
    await platform.start()
    try:
        yield
    finally:
        await platform.stop()


async def _anonymous(_request: web.Request, response: web.StreamResponse) -> None:
    """Nobody has to know what runs here."""
    response.headers["Server"] = "lifebelt"
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


class PortTaken(LifebeltError):
    """Another program listens there."""

    code = "port_taken"

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"cannot listen on {host}:{port} ({why}): end the other program, or choose another port"
        )


def forbid_core_dumps() -> None:
    """No core is ever written, and no other program of this user may read this one's memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


def main(arguments: Sequence[str] | None = None, *, checkpoint: Checkpoint = no_checkpoint) -> int:
    """The command line; returns the exit code."""
    asked = _parser().parse_args(arguments)
    asked.checkpoint = checkpoint
    forbid_core_dumps()
    _log_to_standard_error(verbose=asked.verbose)
    try:
        command: Callable[[argparse.Namespace], int] = asked.command
        return command(asked)
    except SettingsInvalid as error:
        print("The settings cannot be used:", file=sys.stderr)
        for fault in error.faults:
            print(f"  {fault}", file=sys.stderr)
        return 2
    except LifebeltError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lifebelt", description="The report button for community platforms."
    )
    parser.add_argument("--verbose", action="store_true", help="say every step")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "up", _up, "everything in one process: the button, the worker and the desk")
    _add(commands, "desk", _desk, "the desk alone: console and intake")
    bots = _add(commands, "bots", _bots, "the platforms alone")
    bots.add_argument("platform", nargs="+", choices=sorted(PLATFORMS), help="which platforms")
    _add(commands, "worker", _worker, "more delivery, beside that of the bots (not with SQLite)")
    check = _add(commands, "check", _check, "what is wrong with the settings, line by line, with the mend")
    check.add_argument("--live", metavar="DESK", help="whether this desk may go live; writes its pass if so")
    keys = _add(commands, "keys", _keys, "show the keys, make those that are missing, or rotate the desk's")
    keys.add_argument("what", choices=["show", "new", "rotate"])
    keys.add_argument(
        "--live", action="store_true", help="with new: print a recovery key once and store it nowhere"
    )
    audit = _add(commands, "audit", _audit, "follow the trail of what people did, from end to end")
    audit.add_argument("what", choices=["verify"])
    audit.add_argument(
        "--head",
        metavar="FILE",
        help="a mailed head of the desk's trail, or its lines: whether it still holds",
    )
    audit.add_argument("--key", help="with head: the desk's public key (default: that of the key folder)")
    pack = _add(commands, "pack", _pack, "check an exported case, without a desk or a network")
    pack.add_argument("what", choices=["verify"])
    pack.add_argument("file", type=Path)
    pack.add_argument("--key", required=True, help="the desk's public key: 64 digits, told by another way")
    lock = pack.add_mutually_exclusive_group()
    lock.add_argument("--identity", type=Path, metavar="FILE", help="the age key file that opens it")
    lock.add_argument("--passphrase", type=Path, metavar="FILE", help="the file its passphrase lies in")
    waiting = _add(commands, "outbox", _outbox, "what does not arrive: show it, or make it due again")
    waiting.add_argument("what", nargs="?", choices=["show", "requeue"], default="show")
    waiting.add_argument("item", nargs="*", help="with requeue: only these; none means all")
    change = _add(commands, "settings", _set, "what an admin set for a community: show it, or set it")
    change.add_argument("community")
    change.add_argument("key", nargs="?")
    change.add_argument("value", nargs="?", help="leave it out to go back to the operator's")
    change.add_argument("--who", default="operator", help="whose change the trail says this is")
    ledger = _add(
        commands, "ledger", _keep_ledger, "on PostgreSQL: move a ledger there, migrate, show rights"
    )
    ledger.add_argument(
        "what",
        choices=["copy", "migrate", "rights"],
        help="copy what lies in the data folder to the database of the settings; or make and migrate its"
        " tables as their owner; or print what the owner lets a role of less rights do",
    )
    ledger.add_argument("which", choices=[ROAD.name, DESK.name])
    ledger.add_argument("--role", help="with rights: the role of the address that Lifebelt runs with")
    invite = _add(commands, "invite", _invite, "a one-time link to one more account")
    invite.add_argument("--role", action="append", choices=[role.value for role in Role], help=_ROLES_HELP)
    demo = _add(commands, "demo", _demo, "fill a practice desk with a year of made-up reports")
    demo.add_argument("--reports", type=int, default=100_000, metavar="N", help="how many (default: 100000)")
    demo.add_argument("--seed", type=int, default=1, help="the same seed tells the same (default: 1)")
    return parser


def _add(
    commands: Any, name: str, command: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    parser.add_argument("--config", type=Path, metavar="FILE", help="the settings, as in config/example.toml")
    parser.add_argument("--data", metavar="DIR", help="where databases and keys lie (default: data)")
    parser.add_argument("--port", type=int, help="of the public listener (default: 8470)")
    parser.add_argument("--desk-port", type=int, help="of the desk's listener (default: 8471)")
    return parser


def _up(asked: argparse.Namespace) -> int:
    return _run(asked, frozenset(Part))


def _desk(asked: argparse.Namespace) -> int:
    return _run(asked, frozenset({Part.DESK}))


def _bots(asked: argparse.Namespace) -> int:
    return _run(asked, frozenset({Part.BOTS, Part.WORKER}), frozenset(asked.platform))


def _worker(asked: argparse.Namespace) -> int:
    if House(settings=_settings(asked), parts=frozenset()).is_alone():
        raise NotWithSqlite
    return _run(asked, frozenset({Part.WORKER}))


class NotWithSqlite(LifebeltError):
    """One process alone writes to an SQLite file."""

    def __init__(self) -> None:
        super().__init__("with SQLite one process writes: `lifebelt bots` includes the worker")


def _run(asked: argparse.Namespace, parts: frozenset[Part], platforms: frozenset[str] = frozenset()) -> int:
    settings, clock = _settings(asked), SystemClock()
    refuse_start(settings, clock.now())
    house = House(
        settings=settings,
        parts=parts,
        clock=clock,
        environ=dict(os.environ),
        checkpoint=asked.checkpoint,
        asked_for=platforms,
    )
    house.check()
    asyncio.run(serve(Running(house)))
    return 0


def _check(asked: argparse.Namespace) -> int:
    settings, clock = _settings(asked), SystemClock()
    if asked.live:
        return _check_live(settings, asked.live, clock)
    found = check(settings, clock.now())
    for finding in found:
        print(finding)
    return 1 if any(finding.level is Level.FAULT for finding in found) else 0


def _check_live(settings: Settings, desk: str, clock: Clock) -> int:
    """Everything that is missing; where nothing is, the pass that lets the desk start."""
    missing = live_check(settings, desk, clock.now(), config_dir())
    for one in missing:
        print(f"missing  {one.need}: {one.says} Mend: {one.mend}")
    if missing:
        return 1
    where = settings.desks[desk].live_check
    Path(where).write_bytes(live_pass(settings, desk, clock.now(), config_dir()))
    print(f"ok       {desk} may go live; the pass is in {where}.")
    return 0


def _keys(asked: argparse.Namespace) -> int:
    house = _offline(asked)
    if asked.what == "new":
        _new_keys(house, live=asked.live)
    if asked.what == "rotate":
        asyncio.run(_rotate(house))
    for key in house.keys.listing():
        print(f"{key.what:<18}{key.public}  {key.since}")
    return 0


def _new_keys(house: House, *, live: bool) -> None:
    house.keys.road(create=True)
    if house.local_desks():
        house.keys.desk(create=True)
    if not live:
        house.keys.practice_recovery()
        return
    recovery = new_recovery()
    print("The recovery key, shown this once. Keep it offline, away from this host; it opens every report.")
    print(key_file(recovery, "the recovery key", house.clock.now()))
    print(f'Its public half, for the desk\'s settings: recovery = "{recovery.public}"')


async def _rotate(house: House) -> None:
    """A new desk key, and every stored part sealed to it. Stopped half-way, it may be run again."""
    async with _opened(house.desk_ledger):
        keys = house.keys.rotate_desk()
        found = await reseal(
            house.desk_ledger,
            keys,
            [keys.current.public, *house.recovery()],
            by="operator",
            now=house.clock.now(),
        )
    print(f"rotated; {found.done} parts sealed anew, {found.closed} that no key opens left as they were.")
    print("Pin the new public key wherever roads have the old one.")


def _pack(asked: argparse.Namespace) -> int:
    """Reads no settings and no ledger: whoever was given a pack has neither."""
    found = verified(asked.file, asked.key, identity=asked.identity, passphrase=asked.passphrase)
    print(*lines(found), sep="\n")
    return 0 if found.whole else 1


def _audit(asked: argparse.Namespace) -> int:
    house = _offline(asked, writable=False)
    verdicts = asyncio.run(_verdicts(house))
    for name, verdict in verdicts.items():
        if verdict is None:
            print(f"{name:<6}no ledger there yet")
            continue
        where = "whole" if verdict.ok else f"BROKEN at entry {verdict.broken_at}: {verdict.why}"
        print(f"{name:<6}{where}; {verdict.entries} entries, head {verdict.head}")
    whole = all(verdict.ok for verdict in verdicts.values() if verdict)
    return 0 if asyncio.run(_heads_hold(house, asked)) and whole else 1


async def _heads_hold(house: House, asked: argparse.Namespace) -> bool:
    """Whether every head that was told outside is still where it was."""
    if asked.head is None:
        return True
    heads, key = given(asked.head, asked.key, house.keys)
    async with _opened(house.desk_ledger):
        found = await house.desk_ledger.read(partial(checked, table=desk_trail, heads=heads, public=key))
    print(*found, sep="\n")
    return all(each.holds for each in found)


async def _verdicts(house: House) -> dict[str, Verdict | None]:
    found: dict[str, Verdict | None] = {}
    for ledger, table, name in (
        (house.road_ledger, road_trail, "road"),
        (house.desk_ledger, desk_trail, "desk"),
    ):
        found[name] = None
        if house.is_there(name):
            async with _opened(ledger):
                found[name] = await ledger.read(partial(verify, table=table))
    return found


def _outbox(asked: argparse.Namespace) -> int:
    house = _offline(asked, writable=asked.what == "requeue")
    asyncio.run(_show_outbox(house, [ItemId(item) for item in asked.item], requeue=asked.what == "requeue"))
    return 0


async def _show_outbox(house: House, items: list[ItemId], *, requeue: bool) -> None:
    """What needs somebody: dead letters, and what is meant for a desk that no settings name."""
    if not house.is_there(ROAD.name):
        print("no ledger there yet")
        return
    ledger = house.road_ledger
    async with _opened(ledger):
        if requeue:
            now = await ledger.now()
            done = await ledger.transact(partial(outbox.requeue, items=items or None, now=now))
            print(f"{done} made due again")
        desks = [DeskName(name) for name in house.settings.desks]
        for desk, count in (await ledger.read(partial(outbox.unserved, destinations=desks))).items():
            print(f"{count} for the desk {desk}, which the settings do not name")
        for letter in await ledger.read(outbox.dead_letters):
            print(f"{letter.item}  {letter.kind}  {letter.fault or letter.state}  {letter.attempts} attempts")


def _set(asked: argparse.Namespace) -> int:
    house = _offline(asked, writable=asked.key is not None)
    asyncio.run(_change(house, asked))
    return 0


async def _change(house: House, asked: argparse.Namespace) -> None:
    if asked.key is not None or house.is_there(ROAD.name):
        await _store_change(house, asked)
    found = house.communities.get(CommunityId(asked.community))
    if found is None:
        raise InputRefused("there is no such community in the settings")
    for key in AdminKey:
        value = getattr(found, key)
        print(f"{key:<24}{('no', 'yes')[value] if isinstance(value, bool) else value}")


async def _store_change(house: House, asked: argparse.Namespace) -> None:
    async with _opened(house.road_ledger):
        await house.communities.refresh(house.road_ledger)
        if asked.key is not None:
            value = YES_NO.get((asked.value or "").lower(), asked.value)
            change = AdminChange(CommunityId(asked.community), asked.key, value, asked.who, house.clock.now())
            await house.communities.set(house.road_ledger, change)
            await _say_it_changed(house)


async def _say_it_changed(house: House) -> None:
    """To the processes that serve communities; without Redis they find out within a minute."""
    async with _at_work(house.signals.run(), house.signals.stop):
        await house.signals.wake(COMMUNITIES_TOPIC)


def _keep_ledger(asked: argparse.Namespace) -> int:
    house = _offline(asked)
    schema, ledger = house.ledgers[asked.which]
    if asked.what == "rights":
        print(*_rights(schema, asked.role), sep="\n")
    elif asked.what == "migrate":
        asyncio.run(_migrate(schema, ledger()))
    else:
        asyncio.run(_copy(house, schema, ledger()))
    return 0


def _rights(schema: Schema, role: str | None) -> Sequence[str]:
    from core.ledger.postgresql import rights

    if not role:
        raise InputRefused("say for whom: --role NAME")
    return rights(schema, role)


async def _migrate(schema: Schema, ledger: OpenableLedger) -> None:
    async with _opened(ledger):
        print(f"{schema.name:<6}is of version {versions(schema)[-1]}")


async def _copy(house: House, schema: Schema, target: OpenableLedger) -> None:
    """From the file in the data folder to the database that the settings name."""
    file = house.embedded(schema)
    if house.is_alone(schema.name):
        raise InputRefused(f"set {schema.name.upper()}_DATABASE_URL to where the ledger is to go")
    if not file.exists():
        raise InputRefused(f"there is nothing to copy: no file {file}")
    source = open_ledger(f"sqlite:///{file}", schema, house.clock)
    async with _opened(source), _opened(target):
        await copy(source, target, schema, tell=_tell_copied)
    print(f"The same on both sides, row by row. Put {file} away: nothing reads it from now on.")


def _tell_copied(copied: Copied) -> None:
    print(f"{copied.table:<20}{copied.rows:>10} rows, {copied.new} of them now")


def _invite(asked: argparse.Namespace) -> int:
    house = _offline(asked)
    asyncio.run(_print_invitation(house, frozenset(map(Role, asked.role)) if asked.role else None))
    return 0


async def _print_invitation(house: House, roles: Roles | None) -> None:
    async with _opened(house.desk_ledger):
        print(f"{house.console_origin()}/join/{await house.staff.invite(roles=roles)}  (works once)")


def _demo(asked: argparse.Namespace) -> int:
    asyncio.run(_fill(_offline(asked), asked.reports, asked.seed))
    print(f"{asked.reports} made-up reports are there. Look at them: `lifebelt up`.")
    return 0


async def _fill(house: House, number: int, seed: int) -> None:
    service, road = house.desk, RoadName(house.settings.road.name)
    scope, road_key = service.scopes[0], house.keys.road(create=True).identity.public
    desk = Desk(scope, service.keys, house.rules, house.categories, service.targets, road)
    maker = Maker(scope, house.recipients()[scope.desk], road_key)
    async with _opened(house.desk_ledger):
        await fill(house.desk_ledger, desk, maker, Made(number, seed, house.clock.now()), _tell_made)


def _tell_made(number: int) -> None:
    if number % 10_000 == 0:
        _announced(f"{number} made", sys.stderr)


_ROLES_HELP = "what they will be; may be given again (default: what the desk's first person is)"


@asynccontextmanager
async def _opened(ledger: OpenableLedger) -> AsyncIterator[None]:
    await ledger.open()
    try:
        yield
    finally:
        await ledger.close()


def _offline(asked: argparse.Namespace, *, writable: bool = True) -> House:
    """The house for a command that serves nothing."""
    return House(settings=_settings(asked), parts=frozenset(), writable=writable)


async def serve(running: Running) -> None:
    """Run until somebody asks this process to end."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, running.stop)
    await running.run()


def _settings(asked: argparse.Namespace) -> Settings:
    overrides = Overrides(data=asked.data, port=asked.port, desk_port=asked.desk_port)
    return load(asked.config, os.environ, overrides)


def _log_to_standard_error(*, verbose: bool) -> None:
    """One line an event: for a person at a terminal, else JSON."""
    logging.basicConfig(handlers=[_Events(logging.WARNING)], level=logging.WARNING, force=True)
    readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info" if verbose else "warning"),
        logger_factory=lambda *_: _Lines(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _Events(logging.Handler):
    """What libraries log, by kind only: their words may quote addresses, headers and what somebody wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0] if record.exc_info else None
        kind = error.__name__ if error else ""
        log.warning("library_said", library=record.name, level=record.levelname, error=kind)


def _announced(line: str, stream: TextIO | None = None) -> None:
    """Write a line; a full disk behind it must not stand between a child and help."""
    with suppress(OSError, ValueError):
        print(line, file=stream, flush=True)


class _Lines:
    """Writes log lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, message: str) -> None:
        _announced(message, self._stream)

    debug = info = warning = error = critical = exception = msg


if __name__ == "__main__":
    sys.exit(main())
