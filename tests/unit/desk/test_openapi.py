"""The description of the intake: complete, and made of the very types that decode."""

import json
import re
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from core.delivery import wire
from core.delivery.signing import sign
from core.testing.clock import START
from core.testing.deliveries import body_of
from desk.openapi import description
from desk.refusals import No
from tests.desk_roads import Caller, Make

POSTS = (wire.DELIVERIES, wire.NEWS, wire.NEWS_ACKNOWLEDGED, wire.STATUS, wire.MESSAGES_READ)


def resolved(name: str) -> dict[str, Any]:
    """A schema of the description that stands by itself."""
    whole = msgspec.json.decode(msgspec.json.encode(description()))
    return {"$ref": f"#/components/schemas/{name}", **whole}


async def test_it_is_served_unsigned_as_json(caller: Caller) -> None:
    answer = await caller.send("GET", wire.OPENAPI)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert json.loads(answer.body) == json.loads(msgspec.json.encode(description()))


def test_every_address_of_the_wire_is_in_it() -> None:
    assert set(description()["paths"]) == {*POSTS, wire.OPENAPI}


def test_every_code_of_a_refusal_is_described_where_it_can_come() -> None:
    described = {
        code
        for path in description()["paths"].values()
        for method in path.values()
        for answer in method["responses"].values()
        for code in re.findall(r"^- `(\w+)`", answer["description"], re.MULTILINE)
    }
    # What lies outside any described address cannot be described at one.
    assert described == {no.code for no in No} - {No.NOT_FOUND.code, No.BAD_REQUEST.code}


def test_the_headers_that_sign_are_described_and_fit_what_is_sent() -> None:
    headers = description()["components"]["parameters"]
    signed = sign("whsec_" + "A" * 44, "a" * 32, START, b"{}") | {wire.ROAD_HEADER: "road"}
    assert set(headers) == set(signed)
    for name, value in signed.items():
        jsonschema.validate(value, headers[name]["schema"])
        assert headers[name]["description"]


def test_idempotency_and_signatures_are_explained() -> None:
    about = description()["info"]["description"]
    for word in ("Standard Webhooks", "`id.timestamp.body`", "409", "same `received_at`", "Late parts"):
        assert word in about


def test_a_delivery_fits_its_description(make: Make) -> None:
    made = make()
    for delivery in (made.delivery(), made.late()):
        jsonschema.validate(json.loads(body_of(delivery)), resolved("Delivery"))


@pytest.mark.parametrize(
    "wrong", [{"parts": []}, {"draft": "x"}, {"item": ""}, {"more": 1}, {"kind": "x"}, {"community": "a\x00"}]
)
def test_what_does_not_fit_the_description_is_not_decoded_either(make: Make, wrong: dict[str, Any]) -> None:
    body = json.loads(body_of(make().delivery())) | wrong
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, resolved("Delivery"))
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(body), type=wire.Delivery)


def test_all_references_lead_somewhere() -> None:
    whole = msgspec.json.decode(msgspec.json.encode(description()))
    for reference in re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(whole)):
        place = whole
        for step in reference.split("/"):
            place = place[step]
        assert place
