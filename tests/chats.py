"""The chats that people press in, so that a promise is tested once and on each of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests import discord_whole, slack_whole
from tests.chat_whole import ChatWhole
from tests.discord_server import DiscordFault
from tests.slack_server import SlackFault

Fault = DiscordFault | SlackFault


@dataclass(frozen=True, kw_only=True)
class Chat:
    """One chat: how all of it is begun, and what it may do to people."""

    name: str
    whole: Callable[..., AbstractAsyncContextManager[ChatWhole]]
    """Takes a folder; more as that module says."""
    fault: type[DiscordFault] | type[SlackFault]
    tried: Sequence[Fault]
    """What it may do with a request that another try mends; that it works is among them."""
    ways: Mapping[str, Callable[[Any, Any, Any], Any]]
    """In which ways a report is begun; each takes a child, somebody's message, and that somebody."""
    unknown: Sequence[str]
    """What a screen may say of itself that nobody here knows."""

    def __repr__(self) -> str:
        return self.name


CHATS: Final = (
    Chat(
        name="discord",
        whole=discord_whole.whole,
        fault=DiscordFault,
        tried=discord_whole.TRIED,
        ways=discord_whole.WAYS,
        unknown=discord_whole.UNKNOWN,
    ),
    Chat(
        name="slack",
        whole=slack_whole.whole,
        fault=SlackFault,
        tried=slack_whole.TRIED,
        ways=slack_whole.WAYS,
        unknown=slack_whole.UNKNOWN,
    ),
)

each_chat = pytest.mark.parametrize("chat", CHATS, ids=repr)
each_fault = pytest.mark.parametrize(
    ("chat", "fault"), [(chat, fault) for chat in CHATS for fault in chat.tried], ids=str
)
each_unknown = pytest.mark.parametrize(
    ("chat", "name"), [(chat, name) for chat in CHATS for name in chat.unknown], ids=repr
)
