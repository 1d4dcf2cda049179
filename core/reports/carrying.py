"""What could not be stored travels with the open screen: the dialogue's state, locked under its draft's key.

Reads back only what was once written here under the same key; anything else is as if nothing had travelled.
"""

import base64
import binascii
import zlib
from typing import Final

import msgspec

from core.dialogue.model import State
from core.dialogue.questions import TEXTS
from core.errors import CannotOpen
from core.evidence.drafts import DraftKey, lock, unlock

MOST_BYTES: Final = 64 * 1024
"""No state is longer; what claims to be is not unpacked."""


def packed(key: DraftKey, state: State, at_most: int | None = None) -> str:
    """The state in letters, digits, - and _; tells nothing to whoever reads it.

    Where that is more than `at_most` characters: without what was said in own words; empty if still more.
    """
    for each in (state, _without_texts(state)):
        text = _text(lock(key, zlib.compress(msgspec.msgpack.encode(each))))
        if at_most is None or len(text) <= at_most:
            return text
    return ""


def unpacked(key: DraftKey | None, text: str) -> State | None:
    """The state that `packed` wrote under this key, or None."""
    if key is None or not text:
        return None
    try:
        locked = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(_inflated(unlock(key, locked)), type=State)
    except (binascii.Error, zlib.error, ValueError, CannotOpen, msgspec.MsgspecError):
        return None


def _inflated(data: bytes) -> bytes:
    inflating = zlib.decompressobj()
    whole = inflating.decompress(data, MOST_BYTES)
    if inflating.unconsumed_tail:
        raise ValueError("longer than any state")
    return whole


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _without_texts(state: State) -> State:
    answers = msgspec.structs.replace(state.answers, **dict.fromkeys(TEXTS, ""))
    return msgspec.structs.replace(state, answers=answers)
