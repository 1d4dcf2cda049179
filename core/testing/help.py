"""A stand-in for the helplines and categories: made-up countries' worth of numbers, no files. For tests only."""

import msgspec

from core.dialogue.model import Contact
from core.reports.model import Category

DIRECTORY = Contact(name="Child Helpline International", url="https://childhelplineinternational.org/")


class Help(msgspec.Struct, frozen=True, kw_only=True):
    country: str | None = None
    emergency: Contact | None = None
    silent: Contact | None = None
    child_line: Contact | None = None
    child_chat: Contact | None = None
    crisis: tuple[Contact, ...] = ()
    hotlines: tuple[Contact, ...] = ()
    takedown: tuple[Contact, ...] = ()
    report_places: tuple[Contact, ...] = ()
    directory: Contact = DIRECTORY


GB = Help(
    country="GB",
    emergency=Contact(name="Emergency", phone="999"),
    silent=Contact(name="999 then 55", phone="999"),
    child_line=Contact(name="Childline", phone="0800 1111", url="https://www.childline.org.uk/"),
    child_chat=Contact(name="Childline", url="https://www.childline.org.uk/"),
    crisis=(Contact(name="Shout", text="SHOUT to 85258"),),
    hotlines=(Contact(name="IWF", url="https://report.iwf.org.uk/"),),
    takedown=(Contact(name="Report Remove", url="https://www.childline.org.uk/remove"),),
    report_places=(Contact(name="CEOP", url="https://www.ceop.police.uk/"),),
)
CH = Help(
    country="CH", child_line=Contact(name="147", phone="147"), child_chat=Contact(name="147", text="147")
)
DE = Help(country="DE", emergency=Contact(name="Notruf", phone="110 or 112"))


class StandInHelp:
    """Three countries by hand, and as many bare ones as a test asks for."""

    def __init__(self, *bare: str) -> None:
        entries = [GB, CH, DE, *(Help(country=code) for code in bare)]
        self._by_country = {str(entry.country): entry for entry in entries}

    @property
    def countries(self) -> tuple[str, ...]:
        return tuple(self._by_country)

    def help_for(self, country: str | None) -> Help:
        return self._by_country.get(country or "", Help())


class StandInFacts(msgspec.Struct, frozen=True, kw_only=True):
    moderators_may_handle: bool = False


class StandInCategories:
    def __getitem__(self, category: Category) -> StandInFacts:
        handled = {Category.BULLYING, Category.HATE_EXTREMISM, Category.ACCOUNT}
        return StandInFacts(moderators_may_handle=category in handled)
