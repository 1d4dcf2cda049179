"""Every setting an operator can write, with its default. One section a room; the loader refuses the rest.

Secrets never stand here: settings name the files they lie in, or they come from the environment.
The sentence under each key is what config/example.toml says of it.
"""

from datetime import date
from typing import Annotated

import msgspec

from core.reports.model import Standing


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the two listeners stand."""

    host: str = "127.0.0.1"
    """The address of the public pages. A practice desk is refused on any other than loopback."""
    port: int = 8470
    """The port of the public pages."""
    desk_host: str = "127.0.0.1"
    """The address of the desk's console and intake; on another origin than the public pages."""
    desk_port: int = 8471
    """The port of the desk's console and intake."""
    public_url: str = ""
    """The public origin that people reach, `https://…`. Empty: http://host:port."""
    desk_public_url: str = ""
    """The origin at which staff and roads reach the desk, `https://…`. Empty: http://desk_host:desk_port."""
    in_container: bool = False
    """Set by the image, which listens on every address of a container that is published on loopback."""


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where what must last is kept."""

    data: str = "data"
    """The folder of databases and keys."""
    road_database_url: str = ""
    """The road's ledger. Empty: SQLite in the data folder. With a password in it: ROAD_DATABASE_URL only."""
    desk_database_url: str = ""
    """The desk's ledger. Empty: SQLite in the data folder. With a password in it: DESK_DATABASE_URL only."""
    redis_url: str = ""
    """Where processes tell one another, `rediss://host:6379/0`. Empty: signals stay in this process. With a
    password in it: REDIS_URL in the environment only."""


class Road(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This installation as a road to its desks."""

    name: str = "road"
    """The name under which desks know this road and its secret."""
    platforms: tuple[str, ...] = ("web",)
    """The platforms that run here. Discord and Slack run also wherever there is a token for them."""
    run_by: str = ""
    """Who runs this installation, said where an app of theirs asks to be trusted. Empty: nothing is said."""


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The web pages and the button."""

    quick_exit_url: str = "https://www.bbc.co.uk/weather"
    """Where "Leave this page" goes: a dull page that explains itself to whoever looks over a shoulder."""
    quick_exit_choices: tuple[str, ...] = ("https://www.bbc.co.uk/weather", "https://www.wikipedia.org/")
    """The pages among which an admin may choose. Never their own: who runs a page sees who comes to it."""


class Discord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The app on Discord. Communities there are named by the id of their server."""

    token_file: str = ""
    """The file with the token of the app's bot; or DISCORD_TOKEN."""
    shards: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Into how many shards Discord cuts the app's servers. 0: as many as Discord recommends."""
    group: Annotated[int, msgspec.Meta(ge=1)] = 4
    """How many shards go together from one process to another."""


class Slack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The app on Slack, in one workspace. Communities there are named by the id of their workspace."""

    bot_token_file: str = ""
    """The file with the token of the app's bot (`xoxb-…`); or SLACK_BOT_TOKEN."""
    signing_secret_file: str = ""
    """The file with the secret that signs Slack's requests to the public pages; or SLACK_SIGNING_SECRET."""
    app_token_file: str = ""
    """The file with the app-level token (`xapp-…`), which needs no public address; or SLACK_APP_TOKEN."""
    proxy: str = ""
    """The proxy by which Slack alone is reached, `http://host:port`; or HTTPS_PROXY. Empty: none."""


class Alarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told outside when a report in danger to life is not delivered, and where the desk's trail ends.
    Never what was reported.
    """

    webhook_url: str = ""
    """Where alarms are posted, `https://…`. Empty: nowhere."""
    webhook_secret_file: str = ""
    """The file with the secret (`whsec_…`) that signs them; or LIFEBELT_ALARM_WEBHOOK_SECRET."""
    mail_to: tuple[str, ...] = ()
    """Who gets alarms by mail. Empty: nobody."""
    mail_from: str = ""
    """The sender of those mails."""
    smtp_host: str = ""
    """The mail server; needed where mail_to names anyone."""
    smtp_port: int = 587
    """The mail server's port."""
    smtp_user: str = ""
    """The account at the mail server. Empty: none."""
    smtp_password_file: str = ""
    """The file with its password; or LIFEBELT_ALARM_SMTP_PASSWORD."""
    smtp_start_tls: bool = True
    """Whether the mail goes encrypted. Turn it off only for a mail server on this host."""
    urgent_after_s: int = 60
    """Seconds after which a report in danger to life that no desk has taken raises the alarm."""


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An identity provider that people of a desk may sign in with, besides their passwords."""

    issuer: str = ""
    """What it calls itself, `https://…`. Empty: there is none."""
    client_id: str = ""
    """The name under which it knows this desk."""
    client_secret_file: str = ""
    """The file with the secret that goes with it; or LIFEBELT_OIDC_CLIENT_SECRET."""
    name: str = ""
    """What people know it by: "Sign in with …". Empty: its host."""
    hosts: tuple[str, ...] = ()
    """Its other hosts, where it has any. No host but these and the issuer's is ever called."""
    amr: tuple[str, ...] = ()
    """Ways of proving oneself there (`mfa`, `hwk`) that count as a second factor here. Empty: none does."""
    acr: tuple[str, ...] = ()
    """The same by its classes of assurance."""


class Desk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One desk that communities may be given to. The table's name is how communities name it."""

    name: str
    """What people read: "This goes to …"."""
    standing: Standing
    """practice, lead (a named safeguarding lead) or specialist (trained, covered). Every promise follows."""
    url: str = ""
    """Where roads deliver to, the origin of another host's desk. Empty: the desk of this very process."""
    recipients: tuple[str, ...] = ()
    """The desk's public keys (`age1…`), pinned, never fetched. Empty only in practice: those under data."""
    recovery: str = ""
    """The public half (`age1…`) of the recovery key, which is kept offline."""
    run_by_community: bool = False
    """The people who run the community also run this desk (a school): reports about them go elsewhere."""
    second_desk: str = ""
    """The desk that takes reports about whoever runs the community. Empty: a sheet with where to report."""
    opens: str = ""
    """When somebody begins to read, "08:00" in the community's time. Empty: nothing is promised."""
    closes: str = ""
    """When they stop, "22:00" in the community's time."""
    zone: str = ""
    """The time zone in which shifts are told to people, as "Europe/London". Empty: they are told no hour."""
    second_factor: bool = False
    """Nobody works at this desk without a second factor. Who has none is led to set one up at sign-in."""
    oidc: Oidc = Oidc()
    """An identity provider to sign in with: issuer, client_id, client_secret_file (or
    LIFEBELT_OIDC_CLIENT_SECRET), name, hosts (its others, if any), amr and acr (what counts there as a second
    factor). Only people with an invitation come in; passwords go on working."""
    live_check: str = ""
    """What `lifebelt check --live` writes when nothing is missing. Every desk but practice needs it."""


class Community(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One community. The table's name is its id on the platform, or the word in its web address."""

    name: str
    """What people read."""
    platform: str = "web"
    """The platform it runs on."""
    desk: str = ""
    """The desk its reports go to. Empty: none; a sheet with where to report, and nothing is stored."""
    country: str = ""
    """Where its people are, as two letters (GB): which help is shown first. Empty: nothing is assumed."""
    language: str = "en"
    """The language of its screens."""
    origins: tuple[str, ...] = ()
    """Exact origins (`https://…`) whose pages may show the button in a frame and hand over a conversation."""
    moderators_may_handle: bool = False
    """Its moderators may be given bullying, hate and account reports, if the young person says yes."""
    quick_exit_url: str = ""
    """Where "Leave this page" goes in this community. Empty: as under [web]."""


class KnownRoad(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A road of another host that may deliver to the desk of this one. The table's name is the road's."""

    secret_files: tuple[str, ...] = ()
    """Files with the secrets (`whsec_…`) it signs with. Two while one is exchanged; none revokes it."""


class Vouched(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named person's word: `{ by = "Full Name", on = 2026-11-21 }`."""

    by: str
    on: date


class Live(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What named people vouch for before a desk goes live. The table's name is the desk's."""

    standing: Vouched | None = None
    """Who vouches that the desk is what its standing says: trained, vetted, covered."""
    rota: Vouched | None = None
    """Who vouches that named people have accepted the shifts of the next weeks."""
    drill: Vouched | None = None
    """Who vouches that whoever was on call answered a drill in time."""
    numbers: dict[str, Vouched] = {}
    """By country: who rang or otherwise checked every number shown there."""
    dialogue: dict[str, Vouched] = {}
    """By language: who signed off the questions and answers."""
    screens: dict[str, Vouched] = {}
    """By language: who signed off the screens as they look."""
    advice: dict[str, Vouched] = {}
    """By language: who signed off the advice."""
    privacy_notice: str = ""
    """The address of the privacy notice that children can read."""
    data_protection_assessment: str = ""
    """The reference or address of the data-protection impact assessment."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it."""

    server: Server = Server()
    storage: Storage = Storage()
    road: Road = Road()
    web: Web = Web()
    discord: Discord = Discord()
    slack: Slack = Slack()
    alarm: Alarm = Alarm()
    desks: dict[str, Desk] = {}
    communities: dict[str, Community] = {}
    roads: dict[str, KnownRoad] = {}
    live: dict[str, Live] = {}
