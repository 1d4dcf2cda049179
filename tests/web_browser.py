"""A real browser and a host page on another origin, for journeys through the web room."""

import html
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_MS = 30_000
"""How long a busy machine may take over what comes in the end: for expectations as for all else."""
_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium(*more: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*_ARGS, *more])
        yield browser
        await browser.close()


@dataclass
class Site:
    """Somebody else's website: pages that show the button, pictures that nobody may ask for, a dull page."""

    url: str = ""
    body: str = ""
    policy: str = ""
    asked: list[str] = field(default_factory=list)
    referrers: list[str] = field(default_factory=list)

    @property
    def media(self) -> list[str]:
        return [path for path in self.asked if path.startswith("/media/")]

    def show(self, body: str, policy: str = "") -> str:
        """Put `body` onto the front page."""
        self.body, self.policy = body, policy
        return self.url + "/"

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path == "/weather":
            self.referrers.append(request.headers.get("Referer", ""))
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        title, body = ("Weather", "<h1>Sunny</h1>") if request.path == "/weather" else ("Club", self.body)
        head = f"<head><meta charset=utf-8><title>{title}</title></head>"
        page = f"<!doctype html><html lang=en>{head}<body>{body}</body></html>"
        return web.Response(text=page, content_type="text/html", headers=headers)


@asynccontextmanager
async def website() -> AsyncIterator[Site]:
    """Serve a site of its own origin on this machine."""
    site, app = Site(), web.Application()
    app.router.add_get("/{path:.*}", site.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    place = web.TCPSite(runner, "127.0.0.1", 0)
    await place.start()
    site.url = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        yield site
    finally:
        await runner.cleanup()


def with_button(home: str, community: str = "park", before: str = "", attributes: str = "") -> str:
    """A page's body with the button on it."""
    source = html.escape(f"{home}/button.js")
    return f'{before}<script src="{source}" data-community="{community}" {attributes}></script>'


def log_of(context: BrowserContext) -> list[str]:
    """Every address the browser asks for from now on."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    return asked


def troubles_of(page: Page) -> list[str]:
    """Everything a page complains of from now on: its errors, and what its policy stopped."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if line.type == "error" else None)
    return found
