"""Every setting an operator can write, with its default. One section a room; the loader refuses the rest.

Secrets never stand here: settings name the files they lie in, or they come from the environment.
"""

import msgspec

from core.reports.model import Standing


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the two listeners stand."""

    host: str = "127.0.0.1"
    port: int = 8470
    desk_host: str = "127.0.0.1"
    desk_port: int = 8471
    public_url: str = ""
    """The public origin people reach, `https://…`; empty means http://host:port."""
    desk_public_url: str = ""
    in_container: bool = False
    """Set by the image: listens on all interfaces of a container that is published on loopback."""


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data: str = "data"
    """Folder of databases and keys."""
    road_database_url: str = ""  # empty: sqlite under data
    desk_database_url: str = ""
    redis_url: str = ""  # empty: signals stay in this process


class Road(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """This installation as a road to its desks."""

    name: str = "road"
    platforms: tuple[str, ...] = ("web",)


class Desk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One desk that communities may be given to."""

    name: str
    standing: Standing
    url: str = ""
    """Where roads deliver to; empty: the desk of this very process."""
    recipients: tuple[str, ...] = ()
    """The desk's public age keys, pinned here and never fetched. Empty only in practice: those under data."""
    recovery: str = ""
    """The public half of the offline recovery key."""
    run_by_community: bool = False
    """The people who run the community also run this desk (a school): reports about them go elsewhere."""
    second_desk: str = ""
    """Takes reports about whoever runs the community or this desk."""
    opens: str = ""  # "08:00", in the community's time
    closes: str = ""
    live_check: str = ""
    """The file that `lifebelt check --live` writes when everything it asks for is there."""


class Community(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an operator, and above it an admin, may set for one community."""

    name: str
    platform: str = "web"
    desk: str = ""  # empty: none; a hand-off sheet
    country: str = ""  # ISO 3166-1 alpha-2
    language: str = "en"
    origins: tuple[str, ...] = ()
    """Exact origins whose pages may show the button in a frame and hand over a conversation."""
    moderators_may_handle: bool = False
    """Moderators may be given bullying, hate and account reports, if the young person says yes."""
    quick_exit_url: str = ""


class Alarm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told outside when a report in danger to life is not delivered."""

    webhook_url: str = ""
    webhook_secret_file: str = ""
    mail_to: tuple[str, ...] = ()
    mail_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_user: str = ""
    smtp_password_file: str = ""
    smtp_start_tls: bool = True
    urgent_after_s: int = 60


class Web(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quick_exit_url: str = "https://www.bbc.co.uk/weather"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    server: Server = Server()
    storage: Storage = Storage()
    road: Road = Road()
    web: Web = Web()
    alarm: Alarm = Alarm()
    desks: dict[str, Desk] = {}
    communities: dict[str, Community] = {}
