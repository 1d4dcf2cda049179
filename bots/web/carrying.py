"""What could not be stored travels with the page: the state of the dialogue, locked under its draft's key.

Reads back only what this room once wrote under the same key; anything else is as if nothing had travelled.
"""

import base64
import binascii

import msgspec

from core.dialogue.model import State
from core.errors import CannotOpen
from core.evidence.drafts import DraftKey, lock, unlock


def packed(key: DraftKey, state: State) -> str:
    """The state as the value of a hidden field; tells nothing to whoever reads the page."""
    return base64.urlsafe_b64encode(lock(key, msgspec.msgpack.encode(state))).rstrip(b"=").decode()


def unpacked(key: DraftKey | None, text: str) -> State | None:
    """The state that `packed` wrote under this key, or None."""
    if key is None or not text:
        return None
    try:
        locked = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(unlock(key, locked), type=State)
    except (binascii.Error, ValueError, CannotOpen, msgspec.MsgspecError):
        return None
