"""Style, script and sign of the console, read once from the package and named by their content."""

import hashlib
from importlib import resources
from typing import Final, NamedTuple

from aiohttp import web  # noqa: TID251 - a room returns an Application

TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOREVER = "private, max-age=31536000, immutable"


class Asset(NamedTuple):
    body: bytes
    media_type: str


class Assets:
    """What lies in desk/console/static. A changed file has another address, so each may be kept for good."""

    def __init__(self) -> None:
        self._by_path: dict[str, Asset] = {}
        self._paths: dict[str, str] = {}
        for file in (resources.files("desk.console") / "static").iterdir():
            self._add(file.name, file.read_bytes())

    def path(self, name: str) -> str:
        """The address of a file, for templates."""
        return f"/static/{self._paths[name]}"

    def answer(self, path: str) -> web.Response:
        asset = self._by_path.get(path)
        if asset is None:
            raise web.HTTPNotFound
        kept = {"Cache-Control": _FOREVER}
        return web.Response(body=asset.body, content_type=asset.media_type, charset="utf-8", headers=kept)

    def _add(self, name: str, body: bytes) -> None:
        stem, _, kind = name.rpartition(".")
        path = f"{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{kind}"
        self._paths[name] = path
        self._by_path[path] = Asset(body, TYPES[kind])
