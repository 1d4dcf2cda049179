"""Ways to views that stand open: they come back from the ledger as they were, and are taken away whole."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.slack.calling import Answer, Calls, Verdict
from bots.slack.doors import Door, Doors
from tests.unit.core.chat.jumping_loop import jumping

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Told(Calls):
    """Notes what would be called, and says what came of it."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self.made: list[tuple[str, dict[str, Any]]] = []

    async def make(self, method: str, args: Any, *, ends: float, reads: bool = False) -> Answer:
        assert ends > 0
        assert not reads
        self.made.append((method, dict(args)))
        return Answer(verdict=self._verdict)


@given(texts, texts)
def test_a_door_comes_back_from_the_ledger_as_it_was(view: str, external: str) -> None:
    door = Door(view=view, external=external)
    assert Door.unpack(door.pack()) == door
    assert repr(door) == "<Door hidden>"


@pytest.mark.parametrize("raw", [b"", b"\xc0", b"\x93\x01\x02\x03", b"[1,2,3]", b"\x92\x01\x02"])
def test_what_is_no_door_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        Door.unpack(raw)


@given(texts.filter(bool), texts.filter(bool))
def test_a_door_is_noted_under_a_name_that_says_none_of_it(view: str, external: str) -> None:
    door = Door(view=view, external=external)
    assert door.name == Door(view=view).name
    assert (door.name == Door(external=external).name) == (view == external)
    assert len(door.name) == 64
    assert set(door.name) <= set("0123456789abcdef")


def test_a_view_is_found_by_slacks_id_and_where_that_was_lost_by_ours() -> None:
    assert Door(view="V1", external="lb-x").address == {"view_id": "V1"}
    assert Door(external="lb-x").address == {"external_id": "lb-x"}


@pytest.mark.parametrize(
    ("came", "gone"),
    [(Verdict.GIVEN, True), (Verdict.GONE, True), (Verdict.AGAIN, False), (Verdict.REFUSED, False)],
)
def test_a_view_counts_as_taken_away_once_nothing_is_left_or_nobody_can_reach_it(
    came: Verdict, *, gone: bool
) -> None:
    calls = Told(came)
    assert jumping(Doors(calls).close(Door(view="V1"), {"type": "modal"})) is gone
    assert calls.made == [("views.update", {"view_id": "V1", "view": {"type": "modal"}})]
