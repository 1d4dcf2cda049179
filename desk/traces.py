"""Where something failed, for a log that must never carry a value: files, lines and functions, no words."""

import traceback
from pathlib import Path


def where(error: BaseException) -> list[str]:
    """The way to the failure, outermost first: `intake.py:131 _answering`."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
