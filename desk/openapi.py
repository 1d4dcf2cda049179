"""The description of the intake API, made from the very types that decode it."""

from typing import Any, Final

import msgspec

from core.delivery import signing, wire
from core.delivery.wire import ItemKind
from core.evidence.parts import PartKind
from desk.receiving import MAY_CARRY
from desk.refusals import COME_AGAIN_S, JSON, No

VERSION: Final = "1.0.0"
_REFS: Final = "#/components/schemas/{name}"
_TYPES: Final = (
    wire.Delivery,
    wire.Accepted,
    wire.NewsAsked,
    wire.NewsTold,
    wire.NewsAcknowledged,
    wire.StatusAsked,
    wire.StatusTold,
    wire.MessagesRead,
    wire.Refusal,
)

_ABOUT = f"""\
How a road (a bot, a website, a partner) hands reports to a desk, and hears what became of them.

**Signatures.** Every POST is signed as Standard Webhooks 1.0.0 has it. `{signing.ID_HEADER}` is an id of
letters, digits, `_` and `-`; `{signing.TIMESTAMP_HEADER}` the seconds since 1970, at most
{wire.MAX_SKEW_S} away from the desk's clock; `{signing.SIGNATURE_HEADER}` is `v1,` and the base64 of the
HMAC-SHA256 over `id.timestamp.body`, under the secret (`whsec_…`) that the desk gave to the road named in
`{wire.ROAD_HEADER}`. Sign each attempt afresh. While a secret is being changed, several signatures may
stand beside each other, separated by blanks. A revoked road is answered as an unknown one.

**Idempotency.** A delivery's `{signing.ID_HEADER}` equals its `item`, and a repetition sends the very same
bytes. The desk commits, then answers 202; a repetition is answered 202 with the same `received_at` and
changes nothing. The same id with other bytes is answered 409, changes nothing, and raises an alarm.

**Order.** Late parts and supplements may arrive before their report; they are kept, and join it.

**What to do with an answer.** 2xx: done. 408, 429, 5xx, or none at all: deliver again, later. Any other:
mend what the code says; repeating will not help. Times are RFC 3339 with a zone, bytes are base64.
"""

_DELIVER = """\
Hand over one report, late part or supplement, with its sealed parts. A `report` carries `answers` once,
`identity` at most once, and any `reported`, `context` and `named`; a `part` carries `reported` or `context`,
or `unlocked` alone, where the news `unlock` asked for it;
a `supplement` carries `supplement`, and may bring `named`, `reported` and `context`.
"""
_ASK_NEWS = """\
What this road has not acknowledged, oldest first, and for every desk who is on duty. Answered at once where
there is news, or another word on duty than this road was told last; else after `wait_s` at most. The same
news comes again until it is acknowledged: store it by its id. What is said of duty holds until the next
answer: where `who` is empty, no name and no time to wait is shown.
"""
_ACKNOWLEDGE = "Say which news is stored on the road. What is unknown or acknowledged before is passed over."
_STATUS = """\
What a reference may show: times, and what the desk wrote to whoever has it; nothing that they said. Unknown,
misspelt and another road's look the same. Show it and keep it nowhere. What they answer is delivered as a
`supplement` bound to `answer_to`.
"""
_MESSAGES_READ = """\
Say which messages stood on a screen, once they did. What is unknown, or was said before, is passed over.
"""

_ALWAYS = (No.UNSIGNED, No.TOO_SLOW, No.TOO_LARGE, No.NOT_JSON, No.MALFORMED, No.FAILED, No.UNAVAILABLE)
_DELIVERING = (
    *_ALWAYS,
    No.OTHER_ID,
    No.CONFLICT,
    No.WRONG_PARTS,
    No.UNKNOWN_DESK,
    No.UNKNOWN_COMMUNITY,
    No.UNKNOWN_REPORT,
    No.UNASKED,
)


def description() -> dict[str, Any]:
    """OpenAPI 3.1, ready to be encoded."""
    _, schemas = msgspec.json.schema_components(_TYPES, ref_template=_REFS)
    schemas["Delivery"]["allOf"] = [_carries(kind) for kind in ItemKind]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lifebelt desk: intake", "version": VERSION, "description": _ABOUT},
        "paths": {
            wire.DELIVERIES: _post(
                "deliver", "Deliver an item", _DELIVER, wire.Delivery, _accepted(), _DELIVERING
            ),
            wire.NEWS: _post("news", "Ask for news", _ASK_NEWS, wire.NewsAsked, _told(), _ALWAYS),
            wire.NEWS_ACKNOWLEDGED: _post(
                "acknowledge", "Acknowledge news", _ACKNOWLEDGE, wire.NewsAcknowledged, _silent(), _ALWAYS
            ),
            wire.STATUS: _post(
                "status", "Look up a reference", _STATUS, wire.StatusAsked, _shown(), (*_ALWAYS, No.THROTTLED)
            ),
            wire.MESSAGES_READ: _post(
                "messages_read",
                "Say what was shown",
                _MESSAGES_READ,
                wire.MessagesRead,
                _noted(),
                (*_ALWAYS, No.THROTTLED),
            ),
            wire.OPENAPI: {"get": _self()},
        },
        "components": {
            "schemas": schemas,
            "parameters": {name: _header(name) for name in _HEADERS},
        },
    }


def _carries(kind: ItemKind) -> dict[str, Any]:
    """What the type cannot say: which parts each kind of item consists of."""
    parts: dict[str, Any] = {"items": {"properties": {"kind": {"enum": sorted(MAY_CARRY[kind])}}}}
    if kind is ItemKind.REPORT:
        answers = {"properties": {"kind": {"const": PartKind.ANSWERS.value}}}
        parts |= {"contains": answers, "minContains": 1, "maxContains": 1}
    return {
        "if": {"properties": {"kind": {"const": kind.value}}},
        "then": {"properties": {"parts": parts}},
    }


_HEADERS: Final = {
    signing.ID_HEADER: (
        "The id of what is sent: for a delivery its `item`, else a fresh one.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    ),
    signing.TIMESTAMP_HEADER: (
        "Seconds since 1970-01-01T00:00:00Z when this attempt was signed.",
        {"type": "string", "pattern": "^[1-9][0-9]{0,10}$"},
    ),
    signing.SIGNATURE_HEADER: (
        "`v1,` and base64; several are separated by blanks.",
        {"type": "string", "pattern": "^v1,[A-Za-z0-9+/]+={0,2}( v[0-9a-z]+,[A-Za-z0-9+/]+={0,2})*$"},
    ),
    wire.ROAD_HEADER: (
        "The road whose secret signed it, as the desk's operator named it.",
        {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[0-9A-Za-z_.-]+$"},
    ),
}


def _header(name: str) -> dict[str, Any]:
    about, schema = _HEADERS[name]
    return {"name": name, "in": "header", "required": True, "description": about, "schema": schema}


def _post(  # noqa: PLR0917 - one row of the table above
    name: str, summary: str, about: str, kind: type, good: dict[str, Any], refusals: tuple[No, ...]
) -> dict[str, Any]:
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "description": about,
            "parameters": [{"$ref": f"#/components/parameters/{header}"} for header in _HEADERS],
            "requestBody": {"required": True, "content": _content(kind)},
            "responses": good | _refusals(refusals),
        }
    }


def _self() -> dict[str, Any]:
    answer = {"description": "This description.", "content": {JSON: {"schema": {"type": "object"}}}}
    return {"operationId": "openapi", "summary": "This description", "responses": {"200": answer}}


def _accepted() -> dict[str, Any]:
    return {"202": {"description": "Committed, now or before.", "content": _content(wire.Accepted)}}


def _told() -> dict[str, Any]:
    return {"200": {"description": "The news, or none.", "content": _content(wire.NewsTold)}}


def _silent() -> dict[str, Any]:
    return {"204": {"description": "They are not told again."}}


def _noted() -> dict[str, Any]:
    return {"204": {"description": "Noted, for those that are known."}}


def _shown() -> dict[str, Any]:
    return {
        "200": {
            "description": "Known or not, the times, and what the desk wrote.",
            "content": _content(wire.StatusTold),
        }
    }


def _content(kind: type) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": _REFS.format(name=kind.__name__)}}}


def _refusals(refusals: tuple[No, ...]) -> dict[str, Any]:
    """One answer a status; its description lists every code that comes with it."""
    by_status: dict[str, list[No]] = {}
    for no in (*refusals, No.METHOD):
        by_status.setdefault(str(no.value.status), []).append(no)
    return {status: _refused(nos) for status, nos in sorted(by_status.items())}


def _refused(nos: list[No]) -> dict[str, Any]:
    about = "\n".join(f"- `{no.code}`: {no.value.message}" for no in nos)
    headers = {name: schema for no in nos for name, schema in _ANSWER_HEADERS.get(no, {}).items()}
    return {"description": about, "content": _content(wire.Refusal), "headers": headers}


_ANSWER_HEADERS: Final[dict[No, dict[str, Any]]] = {
    No.METHOD: {"Allow": {"schema": {"type": "string"}}},
    No.UNSIGNED: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    No.THROTTLED: {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
    No.UNAVAILABLE: {"Retry-After": {"schema": {"type": "integer", "const": COME_AGAIN_S}}},
}
