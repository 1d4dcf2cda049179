"""What the dialogue must be told from outside, as ports: whom to call in a country, and what kind a report is."""

from typing import Protocol

from core.dialogue.model import Contact
from core.reports.model import Category


class HelpFor(Protocol):
    """Whom to call in one country; only what may be shown to a child."""

    @property
    def country(self) -> str | None: ...  # None: nothing checked is known, say the fallback
    @property
    def emergency(self) -> Contact | None: ...
    @property
    def silent(self) -> Contact | None: ...
    @property
    def child_line(self) -> Contact | None: ...
    @property
    def child_chat(self) -> Contact | None: ...
    @property
    def crisis(self) -> tuple[Contact, ...]: ...
    @property
    def hotlines(self) -> tuple[Contact, ...]: ...
    @property
    def takedown(self) -> tuple[Contact, ...]: ...
    @property
    def report_places(self) -> tuple[Contact, ...]: ...
    @property
    def directory(self) -> Contact: ...


class HelpSource(Protocol):
    @property
    def countries(self) -> tuple[str, ...]:
        """ISO 3166-1 alpha-2 codes that have an entry, in the order to be offered."""

    def help_for(self, country: str | None) -> HelpFor:
        """Never fails: a country without an entry, or none, gives the international directory."""


class CategoryFacts(Protocol):
    @property
    def moderators_may_handle(self) -> bool: ...


class CategorySource(Protocol):
    def __getitem__(self, category: Category, /) -> CategoryFacts: ...
