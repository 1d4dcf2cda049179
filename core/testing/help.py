"""A stand-in for helplines and categories: a few countries by hand, no files. For tests only."""

from collections.abc import Iterator

import msgspec

from core.dialogue.model import Contact
from core.reports.model import Category

DIRECTORY = Contact(name="Child Helpline International", url="https://childhelplineinternational.org/")


class StandInHelpFor(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call in one country, as far as a test gives it."""

    emergency: Contact | None = None
    emergency_others: tuple[Contact, ...] = ()
    silent: Contact | None = None
    silent_way: str | None = None
    child_line: Contact | None = None
    child_chat: Contact | None = None
    crisis: tuple[Contact, ...] = ()
    hotlines: tuple[Contact, ...] = ()
    takedown: tuple[Contact, ...] = ()
    report_places: tuple[Contact, ...] = ()
    directory: Contact = DIRECTORY


_CHILDLINE = Contact(name="Childline", phone="0800 1111", url="https://www.childline.org.uk/")
_PRO_JUVENTUTE = Contact(name="Pro Juventute", phone="147", text="147")

FULL = StandInHelpFor(
    emergency=Contact(name="Emergency", phone="999"),
    silent=Contact(name="999 then 55", phone="999"),
    silent_way="press_55",
    child_line=_CHILDLINE,
    child_chat=_CHILDLINE,
    crisis=(Contact(name="Shout", text="SHOUT to 85258"), Contact(name="Samaritans", phone="116 123")),
    hotlines=(Contact(name="IWF", url="https://report.iwf.org.uk/"),),
    takedown=(Contact(name="Report Remove", url="https://www.childline.org.uk/remove"),),
    report_places=(Contact(name="CEOP", url="https://www.ceop.police.uk/"),),
)
"""Everything there can be: what a test sees as GB."""
CHAT_FOR_SILENT = StandInHelpFor(
    silent=_PRO_JUVENTUTE,
    silent_way="chat",
    child_line=_PRO_JUVENTUTE,
    child_chat=_PRO_JUVENTUTE,
    hotlines=(Contact(name="Portal", url="https://report.example/"),),
)
"""No checked emergency number, and a chat instead of a silent call: what a test sees as CH."""
NUMBERS_ONLY = StandInHelpFor(
    emergency=Contact(name="Police", phone="110"),
    emergency_others=(
        Contact(name="fire, ambulance", phone="112"),
        Contact(name="ambulance", phone="113"),
        Contact(name="police", phone="111"),
        Contact(name="all", phone="114"),
        Contact(name="mountain rescue", phone="140"),
    ),
)
"""Emergency numbers and nobody to talk to: what a test sees as DE."""


class StandInHelp:
    """Three countries by hand, and as many bare ones as a test asks for."""

    def __init__(self, *bare: str) -> None:
        self._by_country = {"GB": FULL, "CH": CHAT_FOR_SILENT, "DE": NUMBERS_ONLY}
        self._by_country |= dict.fromkeys(bare, StandInHelpFor())

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(self._by_country)

    def help_for(self, country: str | None) -> StandInHelpFor:
        return self._by_country.get(country or "", StandInHelpFor())


class StandInFacts(msgspec.Struct, frozen=True, kw_only=True):
    code: Category

    @property
    def moderators_may_handle(self) -> bool:
        return self.code in {Category.BULLYING, Category.HATE_EXTREMISM, Category.ACCOUNT}


class StandInCategories:
    """All fifteen, in the order of the codes."""

    def __getitem__(self, category: Category, /) -> StandInFacts:
        return StandInFacts(code=category)

    def __iter__(self) -> Iterator[StandInFacts]:
        return iter([StandInFacts(code=category) for category in Category])
