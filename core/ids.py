"""Identifiers as types of their own, and the one way to make a new one."""

from collections.abc import Callable
from typing import NewType

import uuid_utils

ReportId = NewType("ReportId", str)
PartId = NewType("PartId", str)
ItemId = NewType("ItemId", str)
"""What a `webhook-id` carries: the id of the report, late part or supplement delivered."""
CommunityId = NewType("CommunityId", str)
DeskName = NewType("DeskName", str)
RoadName = NewType("RoadName", str)

NewId = Callable[[], str]
"""Makes an id that nobody has used; tests pass a counter."""


def new_id() -> str:
    """A UUIDv7 in 32 hexadecimal digits: later ids sort after earlier ones, so indexes stay small."""
    return uuid_utils.uuid7().hex
