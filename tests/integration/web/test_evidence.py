"""A conversation that a host page handed over: taken from exact origins only, sealed and stored at once."""

import json
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession

from core.errors import LedgerUnavailable
from core.ledger.road import drafts, parts
from tests.web_pages import Child, Page
from tests.web_room import CLUB, House

MESSAGES: list[dict[str, Any]] = [
    {"id": "1", "author": {"id": "7", "name": "Northlight"}, "text": "our little secret", "reported": True},
    {"id": "2", "author": {"id": "9", "name": "Robin"}, "text": "we can talk here", "own": True},
]


class Frame:
    """What the script in the frame does with a conversation."""

    def __init__(self, home: House, session: ClientSession, child: Child) -> None:
        self._home, self._session, self._child = home, session, child
        self.status = 0
        self.text = ""
        self.refused: str | None = None

    async def hand_over(
        self, messages: Any = MESSAGES, *, origin: str = CLUB, community: str = "park", **more: Any
    ) -> None:
        key = self._child.page.hidden()["key"]
        sent = {"key": key, "origin": origin, "conversation": {"messages": messages}} | more
        await self.post(json.dumps(sent).encode(), community)

    async def post(self, body: bytes, community: str = "park", kind: str = "application/json") -> None:
        url = f"{self._home.url}/report/{community}/evidence"
        async with self._session.post(url, data=BytesIO(body), headers={"Content-Type": kind}) as answer:
            self.status, self.text = answer.status, await answer.text()
            self.refused = answer.headers.get("Lifebelt-Refused")


@pytest.fixture
async def frame(home: House, session: ClientSession, child: Child) -> Frame:
    await child.look()
    return Frame(home, session, child)


async def test_it_is_stored_before_any_question_is_answered(home: House, frame: Frame) -> None:
    await frame.hand_over()
    assert frame.status == 200
    assert "We saved the message, and 1 around it" in Page(frame.text).text
    assert 'data-stored="yes"' in frame.text
    assert await home.count(parts) == 1
    assert await home.count(drafts) == 2  # the draft, and what its press found
    assert await home.reports() == 0


async def test_what_the_desk_opens_is_labelled_site_with_its_origin_and_without_the_reporters_name(
    home: House, frame: Frame
) -> None:
    await frame.hand_over()
    ((_, opened),) = await home.opened()
    transcript = json.loads(opened)
    assert transcript["source"] == "site"
    assert transcript["origin"] == CLUB
    assert "our little secret" in opened.decode()
    assert "Robin" not in opened.decode()


async def test_it_travels_with_the_report(home: House, frame: Frame, child: Child) -> None:
    await frame.hand_over()
    await child.press("send")
    kinds = {header.kind.value for header, _ in await home.opened()}
    assert kinds == {"reported", "answers"}


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://club.example.evil.example",
        "http://club.example",
        "https://club.example:444",
        "null",
        "",
        "'self'",
    ],
)
async def test_from_any_other_origin_it_is_refused_and_nothing_is_kept(
    home: House, frame: Frame, origin: str
) -> None:
    await frame.hand_over(origin=origin)
    assert frame.status == 400
    assert await home.count(parts) == 0


async def test_our_own_pages_hand_over_only_in_practice(home: House, frame: Frame) -> None:
    await frame.hand_over(origin=home.url)
    assert frame.status == 400


async def test_a_repeated_hand_over_stores_once(home: House, frame: Frame) -> None:
    await frame.hand_over()
    await frame.hand_over()
    assert await home.count(parts) == 1


async def test_what_comes_after_sending_follows_it(home: House, frame: Frame, child: Child) -> None:
    await child.press("send")
    await frame.hand_over(late=True)
    assert json.loads(frame.text) == {"stored": True}
    assert await home.items() == 2


async def test_a_report_is_sent_whether_or_not_the_evidence_could_be_stored(
    home: House, frame: Frame, child: Child
) -> None:
    home.ledger.fail_with(LedgerUnavailable("full"))
    await frame.hand_over()
    assert 'data-stored="no"' in frame.text
    assert "not sent" in Page(frame.text).text.lower()
    home.ledger.fail_with(None)
    await child.press("send")
    await frame.hand_over(late=True)
    assert json.loads(frame.text) == {"stored": True}
    assert await home.reports() == 1


async def test_of_ten_thousand_messages_the_nearest_are_kept_and_the_rest_counted(
    home: House, frame: Frame
) -> None:
    many = [{"id": str(n), "author": "a", "text": "m", "reported": n == 5000} for n in range(10_000)]
    await frame.hand_over(many)
    assert frame.status == 200
    ((_, opened),) = await home.opened()
    transcript = json.loads(opened)
    assert len(transcript["messages"]) == 21
    assert transcript["left_out_before"] + transcript["left_out_after"] == 9_979


@pytest.mark.parametrize(
    "text",
    [
        "\ud800 lone",
        "\u202ereversed",
        "z\u200be\u200dr\u200bo",
        "\0",
        "<script>alert(1)</script>",
        "a" * 100_000,
    ],
)
async def test_whatever_a_message_holds_is_taken_safely(home: House, frame: Frame, text: str) -> None:
    await frame.hand_over([{"author": text, "text": text, "reported": True}])
    assert frame.status == 200
    assert await home.count(parts) == 1


async def test_a_picture_inside_a_message_is_dropped(home: House, frame: Frame) -> None:
    picture = "data:image/png;base64," + "iVBORw0KGgo" * 50
    await frame.hand_over([{"author": "a", "text": f"look {picture}", "reported": True}])
    ((_, opened),) = await home.opened()
    assert "iVBORw0KGgo" not in opened.decode()


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"\xff\xfe\x00", 400), (b"[]", 400), (b" " * (1024 * 1024 + 1), 413)],
)
async def test_what_is_no_conversation_is_clearly_refused(
    home: House, frame: Frame, body: bytes, status: int
) -> None:
    await frame.post(body)
    assert frame.status == status
    assert "Get help now" in frame.text
    assert await home.count(parts) == 0


async def test_a_form_from_another_page_cannot_pass_for_a_conversation(frame: Frame) -> None:
    await frame.post(b"{}", kind="text/plain")
    assert frame.status == 400


@pytest.mark.parametrize("messages", [[], "text", [7], {}, None])
async def test_a_conversation_without_a_message_is_refused_by_its_field_and_the_dialogue_goes_on(
    home: House, frame: Frame, child: Child, messages: Any
) -> None:
    await frame.hand_over(messages)
    assert frame.status == 400
    assert frame.refused == "messages"
    await child.press("send")
    assert await home.reports() == 1


async def test_a_field_that_cannot_be_read_takes_nothing_else_away(home: House, frame: Frame) -> None:
    await frame.hand_over([MESSAGES[0] | {"sentAt": "yesterday"}, MESSAGES[1] | {"attachments": {}}, 7])
    assert frame.status == 200
    ((_, opened),) = await home.opened()
    transcript = json.loads(opened)
    assert [message["id"] for message in transcript["messages"]] == ["1", "2"]
    assert transcript["notes"] == ["messages_left_out", "unreadable_field"]


async def test_a_community_without_a_desk_keeps_nothing(home: House, session: ClientSession) -> None:
    child = await Child(session, home.url, "alone").look()
    frame = Frame(home, session, child)
    await frame.hand_over(community="alone")
    assert await home.count(parts) == 0
