"""What the dialogue must be told from outside, as ports: whom to call in a country, what kind a report is."""

from collections.abc import Iterator
from typing import Protocol

from core.dialogue.model import Contact
from core.reports.model import Category


class HelpFor(Protocol):
    """Whom to call in one country; only what may be shown to a child."""

    @property
    def emergency(self) -> Contact | None: ...
    @property
    def emergency_others(self) -> tuple[Contact, ...]: ...  # each `name` says whom it reaches
    @property
    def silent(self) -> Contact | None: ...
    @property
    def silent_way(self) -> str | None: ...  # press_55, text, or chat, which is no emergency service
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
    def code(self) -> Category: ...
    @property
    def moderators_may_handle(self) -> bool: ...


class CategorySource(Protocol):
    """All categories, in the order they are shown."""

    def __getitem__(self, category: Category, /) -> CategoryFacts: ...

    def __iter__(self) -> Iterator[CategoryFacts]: ...
