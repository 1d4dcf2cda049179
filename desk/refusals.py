"""Every answer of the intake that is a no: its status, its stable code, one sentence. All are JSON."""

from enum import Enum
from typing import NamedTuple

import msgspec
from aiohttp import web  # noqa: TID251 - a room returns an Application

from core.delivery.wire import Refusal

JSON = "application/json"
COME_AGAIN_S = 2


class Kind(NamedTuple):
    status: int
    message: str


class No(Enum):
    """The codes, in the order of what is checked first. `message` is for whoever runs the road."""

    NOT_FOUND = Kind(404, "There is nothing at this address.")
    METHOD = Kind(405, "This address does not take that method; Allow says which it takes.")
    NOT_JSON = Kind(415, "Send application/json in UTF-8, without a content encoding.")
    UNSIGNED = Kind(401, "The road is unknown or revoked, or the signature is missing, wrong or too old.")
    TOO_LARGE = Kind(413, "A body has at most 1,000,000 bytes.")
    TOO_SLOW = Kind(408, "The body did not arrive in time.")
    BAD_REQUEST = Kind(400, "This request cannot be understood.")
    MALFORMED = Kind(400, "The body does not fit its description in openapi.json.")
    OTHER_ID = Kind(400, "The item and the webhook-id differ.")
    WRONG_PARTS = Kind(422, "These parts do not make such an item.")
    UNKNOWN_DESK = Kind(422, "This desk does not answer here, or not in this standing.")
    UNKNOWN_COMMUNITY = Kind(422, "This community is not known here.")
    UNKNOWN_REPORT = Kind(422, "The report is not one that this can be added to.")
    UNASKED = Kind(422, "Nobody here asked for this identity to be unlocked.")
    CONFLICT = Kind(409, "This id was delivered before with other bytes. Nothing was changed; it is alarmed.")
    THROTTLED = Kind(429, "Too many look-ups; Retry-After says when the next is answered.")
    UNAVAILABLE = Kind(503, "Nothing is known to be stored; deliver it again.")
    FAILED = Kind(500, "Something failed here; deliver it again.")

    @property
    def code(self) -> str:
        return self.name.lower()


class Refused(Exception):
    """Raised anywhere in the intake; the middleware turns it into the answer."""

    def __init__(self, no: No, message: str = "", *, headers: dict[str, str] | None = None) -> None:
        super().__init__(no.code)
        self.no = no
        self.message = message or no.value.message
        self.headers = headers or {}


def refusal(refused: Refused) -> web.Response:
    """The answer itself."""
    body = msgspec.json.encode(Refusal(code=refused.no.code, message=refused.message))
    headers = dict(refused.headers)
    if refused.no is No.UNSIGNED:
        headers["WWW-Authenticate"] = "Lifebelt-Signature"
    if refused.no is No.UNAVAILABLE:
        headers["Retry-After"] = str(COME_AGAIN_S)
    return web.Response(status=refused.no.value.status, body=body, content_type=JSON, headers=headers)
