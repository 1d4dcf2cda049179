"""The chat room of the practice standing: who says which sentence, and how long ago. Data only.

Somebody presses a child gently to move to a private chat. Nothing explicit is said, and nobody here is real.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.dialogue.model import Say

ROOM: Final = "sketch-club"
OWN: Final = "robin"
"""Whose eyes the room is seen with."""


class Line(NamedTuple):
    """One message; `ago` before the page was asked for."""

    name: str
    author: str
    ago: timedelta

    @property
    def text(self) -> Say:
        return Say(f"practice-says-{self.name}")

    @property
    def own(self) -> bool:
        return self.author == OWN

    def sent_at(self, now: datetime) -> datetime:
        return (now - self.ago).replace(microsecond=0)


def _line(name: str, author: str, minutes: int) -> Line:
    return Line(name, author, timedelta(minutes=minutes))


SCRIPT: Final = (
    _line("show", "robin", 31),
    _line("nice", "tomo", 29),
    _line("wow", "northlight", 27),
    _line("thanks", "robin", 26),
    _line("old", "northlight", 24),
    _line("young", "robin", 22),
    _line("mature", "northlight", 21),
    _line("paper", "tomo", 17),
    _line("app", "northlight", 12),
    _line("here", "robin", 10),
    _line("secret", "northlight", 6),
    _line("waiting", "northlight", 2),
)
AUTHORS: Final = tuple(dict.fromkeys(line.author for line in SCRIPT))
