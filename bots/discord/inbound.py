"""From Discord to core: messages and accounts to evidence, presses to the dialogue. Trusts no field of it.

Nothing is fetched here, and no byte of a picture is kept: of a file only what Discord says about it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import discord
import msgspec

from bots.discord.custom_ids import CustomId
from bots.discord.settings import PLATFORM
from core.dialogue.model import Press
from core.evidence.composing import Room, compose
from core.evidence.model import Attachment, Author, Message, Note, ReadFrom, Source, Transcript
from core.evidence.parts import Identity
from core.evidence.reporter import Reporter
from core.reports.model import YesNo

STAFF: Final = discord.Permissions(
    administrator=True,
    manage_guild=True,
    manage_channels=True,
    manage_roles=True,
    manage_messages=True,
    kick_members=True,
    ban_members=True,
    moderate_members=True,
)
"""Whoever may do any of this runs or moderates the server."""

_SAYS: Final = ("content", "label", "placeholder", "description", "url")
"""Where components of any kind keep what people see of them."""
_DIGITS: Final = 20
"""As many as any id of Discord has, 64 bits."""

Account = discord.User | discord.Member


def reporter_of(account: Account) -> Reporter:
    """Everything that the person who pressed goes by here, so that evidence says `reporter` instead."""
    names = (account.name, account.global_name, account.display_name, getattr(account, "nick", None))
    return Reporter(ids=(str(account.id),), names=tuple(name for name in names if name))


def identity_of(account: Account) -> Identity:
    """Who pressed; the way back is their account, which takes a direct message if they asked for one."""
    return Identity(
        platform=PLATFORM,
        account=str(account.id),
        shown=account.display_name,
        way_back=str(account.id).encode(),
    )


def account_of(way_back: bytes) -> int | None:
    """The account that `identity_of` wrote down, or None."""
    text = way_back.decode("ascii", "replace")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None


def is_staff(account: Account, guild: discord.Guild | None) -> YesNo:
    """Whether Discord shows this account to run or moderate the server; not sure of one that is no member."""
    if guild is not None and account.id == guild.owner_id:
        return YesNo.YES
    if not isinstance(account, discord.Member):
        return YesNo.NOT_SURE
    here = 0 if account.resolved_permissions is None else account.resolved_permissions.value
    allowed = here | account.guild_permissions.value
    if allowed & STAFF.value:
        return YesNo.YES
    return YesNo.NO if _knows_roles(account) else YesNo.NOT_SURE


def _knows_roles(member: discord.Member) -> bool:
    """Whether Discord has told who owns this server and what its roles may do; not right after a start."""
    guild = member.guild
    known = not guild.unavailable and guild.owner_id is not None
    return known and all(guild.get_role(role) is not None for role in member._roles)  # noqa: SLF001 - ids only


# Evidence.


def reported(
    message: discord.Message, reporter: Reporter, *, staff: YesNo, channel: str, now: datetime
) -> Transcript:
    """The message that was pressed on, as the press itself carried it."""
    taken = _message(message, ReadFrom.PRESS, now, reported=True)
    author = msgspec.structs.replace(taken.author, is_staff=staff is YesNo.YES)
    return compose(_room(channel), [msgspec.structs.replace(taken, author=author)], reporter)


def reported_account(account: Account, reporter: Reporter, *, staff: YesNo, channel: str) -> Transcript:
    """The account that was pressed on: its names and id. Never a picture of it."""
    subject = Author(id=str(account.id), shown=_names(account), is_staff=staff is YesNo.YES)
    return compose(_room(channel), [], reporter, subject=subject)


def surroundings(
    history: Sequence[discord.Message],
    reporter: Reporter,
    *,
    on: int | None,
    channel: str,
    now: datetime,
) -> Transcript:
    """What stands around the message with the id `on`; without one, the latest."""
    in_order = sorted(history, key=lambda message: message.id)
    messages = [_message(message, ReadFrom.HISTORY, now, reported=message.id == on) for message in in_order]
    notes = (Note.TEXTS_WITHHELD,) if _withheld(in_order) else ()
    return compose(_room(channel), messages, reporter, notes=notes)


def _room(channel: str) -> Room:
    return Room(source=Source.PLATFORM, platform=PLATFORM, channel=channel)


def room_name(channel: Any, channel_id: int | None) -> str:
    """The id of the channel and its name, as far as they are known."""
    name = getattr(channel, "name", None)
    return " ".join(part for part in (str(channel_id or ""), f"#{name}" if name else "") if part)


def _names(account: Account) -> str:
    """The username, and the name shown if it is another."""
    return (
        account.name if account.display_name == account.name else f"{account.display_name} ({account.name})"
    )


def _message(
    message: discord.Message, read_from: ReadFrom, now: datetime, *, reported: bool = False
) -> Message:
    reference = message.reference
    return Message(
        id=str(message.id),
        author=Author(id=str(message.author.id), shown=_names(message.author)),
        text="\n".join(_texts(message)),
        sent_at=message.created_at,
        read_at=now,
        read_from=read_from,
        edited_at=message.edited_at,
        reply_to=_answered(reference),
        attachments=tuple(_attachments(message)),
        reported=reported,
    )


def _answered(reference: discord.MessageReference | None) -> str:
    if reference is None or reference.type is not discord.MessageReferenceType.reply:
        return ""
    return str(reference.message_id or "")


def _texts(message: discord.Message) -> Iterator[str]:
    """All words of a message as people see them: its own, forwarded ones, and what stands beside them."""
    if message.content:
        yield message.content
    for snapshot in message.message_snapshots:
        yield f"[forwarded] {snapshot.content}"
        yield from _beside(snapshot)
    yield from _beside(message)
    if message.poll is not None:
        answers = " / ".join(answer.text or "" for answer in message.poll.answers)
        yield f"[poll] {message.poll.question}: {answers}"


def _beside(said: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    yield from _embedded(said.embeds)
    yield from _built(getattr(said, "components", ()))
    yield from (f"[sticker] {sticker.name}" for sticker in said.stickers)
    yield from (
        f"[describes {file.filename}] {file.description}" for file in said.attachments if file.description
    )


def _embedded(embeds: Sequence[discord.Embed]) -> Iterator[str]:
    """What an embed says, and the address it stands for; its pictures are left where they are."""
    for embed in embeds:
        fields = [f"{field.name}: {field.value}" for field in embed.fields]
        said = [embed.author.name, embed.title, embed.description, *fields, embed.footer.text, embed.url]
        text = "\n".join(str(part) for part in said if part)
        if text:
            yield f"[embed] {text}"


def _built(components: Sequence[Any]) -> Iterator[str]:
    """What the components of a message say, in their order; of a picture in them only its address."""
    for part in components:
        yield from (str(text) for name in _SAYS if (text := getattr(part, name, None)))
        if (media := getattr(part, "media", None)) is not None:
            yield f"[media] {media.url}"
        accessory = getattr(part, "accessory", None)
        inside = (*getattr(part, "children", ()), *getattr(part, "items", ()), *getattr(part, "options", ()))
        yield from _built([*inside, *([] if accessory is None else [accessory])])


def _attachments(message: discord.Message) -> Iterator[Attachment]:
    snapshots = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    for file in (*message.attachments, *snapshots):
        yield Attachment(
            name=file.filename,
            media_type=file.content_type or "",
            size=file.size,
            platform_id=str(file.id),
            url=file.url,
        )


def _withheld(messages: Sequence[discord.Message]) -> bool:
    """Whether Discord shows that people wrote here, and nothing of what: the app may not read messages."""
    by_people = [message for message in messages if not message.author.bot and not message.is_system()]
    return bool(by_people) and all(_is_empty(message) for message in by_people)


def _is_empty(message: discord.Message) -> bool:
    return not message.attachments and not any(_texts(message))


# Presses.


def pressed(carried: CustomId, interaction: discord.Interaction[Any]) -> Press:
    """The press that an id tells of, with the values that came along; nothing else of it is believed."""
    data = data_of(interaction)
    if interaction.type is discord.InteractionType.modal_submit:
        return Press(
            screen=carried.screen, button=carried.button, values=dict(_typed(data.get("components")))
        )
    if carried.question is None:
        return Press(screen=carried.screen, button=carried.button)
    value = carried.value if carried.value is not None else _first(data.get("values"))
    return Press(screen=carried.screen, values={} if value is None else {carried.question: value})


def _typed(components: Any) -> Iterator[tuple[str, str]]:
    """Question and answer, for every field of a modal that was answered."""
    for outer in components if isinstance(components, list) else ():
        inner = outer.get("component") if isinstance(outer, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("custom_id"), str):
            value = inner.get("value") or _first(inner.get("values"))
            if isinstance(value, str) and value:
                yield inner["custom_id"], value


def _first(values: Any) -> str | None:
    """What was chosen in a list; None for whatever is no list of texts."""
    found = values[0] if isinstance(values, list) and values else None
    return found if isinstance(found, str) and found else None


def typed(interaction: discord.Interaction[Any], field: str) -> str:
    """What was typed into one field of a modal; empty where nothing was."""
    return dict(_typed(data_of(interaction).get("components"))).get(field, "")


def data_of(interaction: discord.Interaction[Any]) -> dict[str, Any]:
    """What came along with a press; empty where nothing did."""
    data: Any = interaction.data
    return data if isinstance(data, dict) else {}
