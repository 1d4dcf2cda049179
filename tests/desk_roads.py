"""What tests of the intake share: two roads, two desks of different standing, and a road that signs."""

from collections.abc import Callable

import aiohttp
import msgspec

from core.clock import Clock
from core.delivery import wire
from core.delivery.signing import sign
from core.ids import DeskName, RoadName
from core.reports.model import Standing
from core.testing.deliveries import MadeReport, body_of
from core.testing.ids import counting_ids
from desk.model import Scope

ROAD = RoadName("road")
OTHER_ROAD = RoadName("other-road")
PRACTICE = Scope(desk=DeskName("practice"), standing=Standing.PRACTICE)
LIVE = Scope(desk=DeskName("centre"), standing=Standing.SPECIALIST)

RULES = """
[near_wordless]
categories = ["other"]
under_words = 5

[words.en]
unused = ["unused"]

[[rule]]
code = "danger_yes"
text = "Someone is in danger right now."
when = { danger = ["yes"] }
at_least = "P0"

[[rule]]
code = "danger_not_sure"
text = "Someone may be in danger right now."
when = { danger = ["not_sure"] }
at_least = "P1"

[[rule]]
code = "near_wordless"
text = "Fewer than five words."
when = { near_wordless = true }
at_least = "P1"

[[rule]]
code = "subject_is_staff"
text = "About somebody who runs the community."
when = { subject_is_staff = true }
raise_by = 1
"""
"""A few rules in the form of config/triage.toml, so that a change of wording there moves no test here."""

Make = Callable[..., MadeReport]


class Answer:
    """What came back, read to its end."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def refusal(self) -> wire.Refusal:
        assert self.headers["Content-Type"].startswith("application/json")
        return msgspec.json.decode(self.body, type=wire.Refusal)

    def accepted(self) -> wire.Accepted:
        assert self.status == 202, self.body
        return msgspec.json.decode(self.body, type=wire.Accepted)


class Caller:
    """A road that signs what it sends; `headers` can make one call wrong, an empty one leaves it out."""

    def __init__(
        self, base: str, secret: str, clock: Clock, session: aiohttp.ClientSession, *, road: str = ROAD
    ) -> None:
        self._base = base
        self._secret = secret
        self._clock = clock
        self._session = session
        self._road = road
        self._ids = counting_ids(10**9)

    async def deliver(self, delivery: wire.Delivery, *, headers: dict[str, str] | None = None) -> Answer:
        body = body_of(delivery)
        return await self.post(wire.DELIVERIES, body, message_id=delivery.item, headers=headers)

    async def ask(self, path: str, asked: msgspec.Struct) -> Answer:
        return await self.post(path, msgspec.json.encode(asked))

    async def post(
        self, path: str, body: bytes, *, message_id: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        signed = sign(self._secret, message_id or self._ids(), self._clock.now(), body)
        said = {**signed, wire.ROAD_HEADER: self._road, "Content-Type": "application/json", **(headers or {})}
        kept = {name: value for name, value in said.items() if value}
        return await self.send("POST", path, data=body, headers=kept)

    async def send(self, method: str, path: str, **told: object) -> Answer:
        async with self._session.request(method, self._base + path, **told) as answer:  # type: ignore[arg-type]
            return Answer(answer.status, dict(answer.headers), await answer.read())
