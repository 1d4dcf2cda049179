"""From Slack to core: messages and accounts to evidence, presses to the dialogue. Trusts no field of it.

Nothing is fetched here, and no byte of a picture is kept: of a file only what Slack says about it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from bots.slack.names import Carried, button_of, option_of, parse, question_of
from bots.slack.settings import PLATFORM
from core.chat.talk import ScreenPress
from core.dialogue.model import Press
from core.evidence.composing import Room, Window, compose
from core.evidence.model import (
    CONTEXT_AFTER,
    CONTEXT_BEFORE,
    Attachment,
    Author,
    Message,
    ReadFrom,
    Source,
    Transcript,
)
from core.evidence.parts import Identity
from core.evidence.reporter import Reporter
from core.reports.model import YesNo

_STAMP = re.compile(r"\d{1,12}\.\d{1,6}")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,20}")
_SAYS: Final = (
    "text",
    "fallback",
    "title",
    "pretext",
    "author_name",
    "footer",
    "from_url",
    "title_link",
)
"""Where what stands beside a message keeps what people see of it."""
_DEEPEST: Final = 12

Json = Mapping[str, Any]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person as Slack knows them; only the id is sure."""

    id: str
    names: tuple[str, ...] = ()
    """Every name they go by, the one shown first."""
    is_staff: YesNo = YesNo.NOT_SURE
    language: str = ""

    @property
    def shown(self) -> str:
        """The name shown, and the user name if it is another."""
        known = list(dict.fromkeys(self.names))
        return f"{known[0]} ({known[-1]})" if len(known) > 1 else (known or [self.id])[0]


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One press, as Slack told it."""

    team: str
    team_name: str = ""
    user: str
    user_name: str = ""
    channel: str = ""
    channel_name: str = ""
    trigger: str = ""
    response_url: str = ""
    command: bool = False
    """A command, whose answer may carry words by itself."""
    submits: bool = False
    """A view was submitted, whose answer may carry the next one."""
    message: Json | None = None
    view: Json | None = None
    action: str = ""
    action_block: str = ""
    action_value: str | None = None
    beside: bool = False
    """It was pressed on an answer that stood beside an earlier press, seen by them alone."""
    came: float = 0.0
    """When it reached us, as the time of the loop."""

    @property
    def carried(self) -> Carried | None:
        """What the view it was pressed on says of itself."""
        view = self.view or {}
        return parse(_text(view.get("callback_id")), _text(view.get("private_metadata")))

    @property
    def is_ours(self) -> bool:
        """Whether it was pressed on a message of ours, in the conversation of the app with this person."""
        on_a_message = bool(self.action) and self.view is None
        return on_a_message and not self.beside and self.channel.startswith("D")

    @property
    def is_among_people(self) -> bool:
        """Whether it was pressed where people talk by themselves; nobody can let an app in there."""
        of_two, of_more = self.channel_name == "directmessage", self.channel_name.startswith("mpdm")
        return of_two or of_more or self.channel.startswith("D")

    @property
    def view_id(self) -> str:
        return _text((self.view or {}).get("id"))

    @property
    def stood(self) -> str:
        """Slack's mark of the view as it was when it was pressed on."""
        return _text((self.view or {}).get("hash"))

    @property
    def under(self) -> str:
        """The view that stands right under this one; empty where none does."""
        return _text((self.view or {}).get("previous_view_id"))


def payload_of(body: Json, came: float) -> Payload:
    """Read a body of any kind: a command's fields, or what interactivity tells. Never fails."""
    if "command" in body:
        return _of_command(body, came)
    actions = body.get("actions")
    action = _map(actions[0]) if isinstance(actions, list) and actions else {}
    user, channel = _map(body.get("user")), _map(body.get("channel"))
    container = _map(body.get("container"))
    return Payload(
        team=_text(_map(body.get("team")).get("id")) or _text(user.get("team_id")),
        team_name=_text(_map(body.get("team")).get("domain")),
        user=_text(user.get("id")),
        user_name=_text(user.get("username")) or _text(user.get("name")),
        channel=_text(channel.get("id")) or _text(container.get("channel_id")),
        channel_name=_text(channel.get("name")),
        trigger=_text(body.get("trigger_id")),
        response_url=_text(body.get("response_url")),
        submits=body.get("type") == "view_submission",
        message=_map(body.get("message")) or None,
        view=_map(body.get("view")) or None,
        action=_text(action.get("action_id")),
        action_block=_text(action.get("block_id")),
        action_value=_chosen(action),
        beside=container.get("is_ephemeral") is True,
        came=came,
    )


def _of_command(body: Json, came: float) -> Payload:
    return Payload(
        team=_text(body.get("team_id")),
        team_name=_text(body.get("team_domain")),
        user=_text(body.get("user_id")),
        user_name=_text(body.get("user_name")),
        channel=_text(body.get("channel_id")),
        channel_name=_text(body.get("channel_name")),
        trigger=_text(body.get("trigger_id")),
        response_url=_text(body.get("response_url")),
        command=True,
        came=came,
    )


def payload_of_event(body: Json, event: Json, came: float) -> Payload:
    """Read what Slack tells of by itself: who did it, and where."""
    return Payload(
        team=_text(body.get("team_id")),
        user=_text(event.get("user")),
        channel=_text(event.get("channel")),
        came=came,
    )


def is_written_to_us(event: Json) -> bool:
    """Whether a person wrote to the app; not what the app wrote itself, and no change of a message."""
    by_a_person = bool(_text(event.get("user"))) and not event.get("bot_id")
    whole = _text(event.get("subtype")) in {"", "file_share"}
    return event.get("type") == "message" and event.get("channel_type") == "im" and by_a_person and whole


# Presses.


def pressed(payload: Payload, carried: Carried) -> ScreenPress:
    """The press on a view of ours, with the answers that stand in it; nothing else of it is believed."""
    values = dict(_answers(payload.view or {}))
    button = carried.submit if payload.submits else button_of(payload.action)
    values |= option_of(payload.action)
    question = question_of(payload.action)
    if question is not None and payload.action_value is not None:
        values[question] = payload.action_value
    press = Press(screen=carried.screen, button=button, values=values)
    return ScreenPress(key=carried.key, press=press, carried=carried.state, was_sent=carried.sent)


def _answers(view: Json) -> Iterator[tuple[str, str]]:
    """Question and answer, for every input of a view that was answered."""
    values = _map(_map(view.get("state")).get("values"))
    for block, elements in values.items():
        question = question_of(block)
        for element in _map(elements).values():
            value = _chosen(_map(element))
            if question is not None and value:
                yield question, value


def _chosen(element: Json) -> str | None:
    """What was chosen or typed; None for whatever is neither."""
    option = element.get("selected_option")
    value = option.get("value") if isinstance(option, dict) else element.get("value")
    return value if isinstance(value, str) and value else None


def typed(payload: Payload, question: str) -> str:
    """What was typed into one input; empty where nothing was."""
    return dict(_answers(payload.view or {})).get(question, "")


# People.


def account_of(user: str, told: Json) -> Account:
    """A person by what `users.info` tells of them."""
    profile = _map(told.get("profile"))
    names = (
        profile.get("display_name"),
        profile.get("real_name"),
        told.get("real_name"),
        told.get("name"),
    )
    return Account(
        id=user,
        names=tuple(dict.fromkeys(_text(name) for name in names if _text(name))),
        is_staff=_staff(told),
        language=_text(told.get("locale")),
    )


def _staff(told: Json) -> YesNo:
    """Whether Slack shows this account to own or administer the workspace; not sure where it says nothing."""
    says = [told.get(flag) for flag in ("is_admin", "is_owner", "is_primary_owner")]
    if any(flag is True for flag in says):
        return YesNo.YES
    return YesNo.NO if any(flag is False for flag in says) else YesNo.NOT_SURE


def reporter_of(account: Account) -> Reporter:
    """Everything that the person who pressed goes by here, so that evidence says `reporter` instead."""
    return Reporter(ids=(account.id,), names=account.names)


def identity_of(payload: Payload, account: Account | None = None) -> Identity:
    """Who pressed; the way back is their account, which takes a direct message if they asked for one."""
    shown = account.shown if account is not None and account.names else payload.user_name
    return Identity(
        platform=PLATFORM,
        account=f"{payload.team}/{payload.user}",
        shown=shown,
        way_back=f"{payload.team}/{payload.user}".encode(),
    )


def person_of(way_back: bytes) -> tuple[str, str] | None:
    """The workspace and the account that `identity_of` wrote down, or None."""
    team, _, user = way_back.decode("ascii", "replace").partition("/")
    return (team, user) if _ID.fullmatch(team) and _ID.fullmatch(user) else None


# Evidence.


def author_of(message: Json) -> str:
    """The id of whoever wrote a message; an app's where no person did; empty where nobody is named."""
    return _text(message.get("user")) or _text(message.get("bot_id"))


def stamp_of(message: Json) -> str:
    """A message's time, which is its id in its channel; empty for what is no such time."""
    stamp = _text(message.get("ts"))
    return stamp if _STAMP.fullmatch(stamp) else ""


def thread_of(message: Json) -> str:
    """The first message of the thread that this one belongs to; empty where it belongs to none."""
    stamp = _text(message.get("thread_ts"))
    return stamp if _STAMP.fullmatch(stamp) else ""


def reported(
    message: Json, people: Mapping[str, Account], reporter: Reporter, *, channel: str, now: datetime
) -> Transcript:
    """The message that was pressed on, as the press itself carried it."""
    taken = _message(message, people, ReadFrom.PRESS, now, reported=True)
    author = people.get(author_of(message))
    staff = author is not None and author.is_staff is YesNo.YES
    taken = msgspec.structs.replace(taken, author=msgspec.structs.replace(taken.author, is_staff=staff))
    return compose(_room(channel), [taken], reporter)


def surroundings(
    history: Sequence[Json],
    people: Mapping[str, Account],
    reporter: Reporter,
    *,
    on: str,
    channel: str,
    now: datetime,
) -> Transcript:
    """What stands around the message of the time `on`; without one, the latest."""
    once = {stamp_of(each): each for each in history if stamp_of(each)}
    in_order = [once[stamp] for stamp in sorted(once, key=float)]
    messages = [
        _message(each, people, ReadFrom.HISTORY, now, reported=stamp_of(each) == on) for each in in_order
    ]
    return compose(_room(channel), messages, reporter, Window(before=CONTEXT_BEFORE, after=CONTEXT_AFTER))


def room_name(payload: Payload) -> str:
    """The id of the channel and its name, as far as they are known."""
    name = f"#{payload.channel_name}" if payload.channel_name else ""
    return " ".join(part for part in (payload.channel, name) if part)


def said_at(message: Json) -> datetime | None:
    """When a message was said; None where Slack does not say."""
    return _time(message.get("ts"))


def _room(channel: str) -> Room:
    return Room(source=Source.PLATFORM, platform=PLATFORM, channel=channel)


def _message(
    message: Json,
    people: Mapping[str, Account],
    read_from: ReadFrom,
    now: datetime,
    *,
    reported: bool = False,
) -> Message:
    stamp, thread = stamp_of(message), thread_of(message)
    return Message(
        id=stamp,
        author=_author(message, people),
        text="\n".join(dict.fromkeys(_texts(message))),
        sent_at=said_at(message),
        read_at=now,
        read_from=read_from,
        edited_at=_time(_map(message.get("edited")).get("ts")),
        reply_to=thread if thread != stamp else "",
        attachments=tuple(_attachments(message)),
        reported=reported,
    )


def _author(message: Json, people: Mapping[str, Account]) -> Author:
    author = author_of(message)
    account = people.get(author)
    if account is not None and account.names:
        return Author(id=author, shown=account.shown)
    profile = _map(message.get("user_profile")) or _map(message.get("bot_profile"))
    names = (message.get("username"), *map(profile.get, ("display_name", "real_name", "name")))
    return Author(id=author, shown=next((_text(name) for name in names if _text(name)), author))


def _texts(message: Json) -> Iterator[str]:
    """All words of a message as people see them: its own, and what stands beside them."""
    own = unescaped(_text(message.get("text")))
    if own:
        yield own
    yield from _not_said(_built(message.get("blocks"), 0), own)
    for beside in _maps(message.get("attachments")):
        said = [unescaped(_text(beside.get(name))) for name in _SAYS if _text(beside.get(name))]
        fields = [
            f"{_text(each.get('title'))}: {_text(each.get('value'))}" for each in _maps(beside.get("fields"))
        ]
        built = _built([*_list(beside.get("message_blocks")), *_list(beside.get("blocks"))], 0)
        whole = "\n".join([*said, *map(unescaped, fields)])
        text = "\n".join([*([whole] if whole else []), *_not_said(built, whole)])
        if text:
            yield f"[attached] {text}"
    for file in _files(message):
        if _text(file.get("alt_txt")):
            yield f"[describes {_text(file.get('name'))}] {_text(file.get('alt_txt'))}"


def _not_said(pieces: Iterable[str], said: str) -> Iterator[str]:
    """What blocks say and the text beside them does not: an app may write one thing and show another."""
    heard = _squeezed(said)
    yield from (piece for piece in pieces if _squeezed(piece) not in heard)


def _squeezed(text: str) -> str:
    """Letters and digits alone: markup and blanks differ between a text and the blocks it was made of."""
    return "".join(sign for sign in text if sign.isalnum())


def _files(message: Json) -> Iterator[Json]:
    """Its own, and those of a message that was shared in it."""
    yield from _maps(message.get("files"))
    for beside in _maps(message.get("attachments")):
        yield from _maps(beside.get("files"))


def _built(parts: Any, depth: int) -> Iterator[str]:
    """What blocks say, in their order; of a picture in them only its address."""
    for part in _maps(parts) if depth < _DEEPEST else ():
        for name in ("text", "title", "alt_text", "image_url", "url", "user_id", "name"):
            text = _text(part.get(name))
            if text:
                yield unescaped(text)
        inside = [part.get(name) for name in ("text", "title", "accessory", "element", "message")]
        lists = [*_list(part.get("elements")), *_list(part.get("fields")), *_list(part.get("blocks"))]
        yield from _built([*inside, *lists], depth + 1)


def unescaped(text: str) -> str:
    """A text of Slack's without the three signs that it writes in another way."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _attachments(message: Json) -> Iterator[Attachment]:
    """Files by what Slack says of them; no thumbnail, and none of their bytes."""
    for file in _files(message):
        size = file.get("size")
        yield Attachment(
            name=_text(file.get("name")) or _text(file.get("title")),
            media_type=_text(file.get("mimetype")),
            size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
            platform_id=_text(file.get("id")),
            url=_text(file.get("url_private")) or _text(file.get("permalink")),
        )


def _time(stamp: Any) -> datetime | None:
    text = _text(stamp)
    if not _STAMP.fullmatch(text):
        return None
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _map(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _maps(value: Any) -> Iterator[Json]:
    yield from (each for each in _list(value) if isinstance(each, dict))
