"""What a browser without script makes of our pages: tags, fields and presses. Runs nothing, draws nothing."""

import re
from html.parser import HTMLParser
from typing import Self

from aiohttp import ClientResponse, ClientSession

from core.reports.reference import parse_reference

CODE = re.compile(r"LB-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")


class Page(HTMLParser):
    """A page as tags with their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [found for name, found in self.tags if name == tag and wanted.items() <= found.items()]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def hidden(self) -> dict[str, str]:
        return {field["name"]: field["value"] for field in self.all("input", type="hidden")}

    def chosen(self) -> dict[str, str]:
        return {
            field["name"]: field["value"] for field in self.all("input", type="radio") if "checked" in field
        }

    def buttons(self) -> set[str]:
        return {button["value"] for button in self.all("button", name="button") if "data-enter" not in button}


class Child:
    """Somebody with a browser without script: looks at a page, presses what is on it."""

    def __init__(self, session: ClientSession, url: str, community: str = "park") -> None:
        self._session = session
        self._url = url
        self.community = community
        self.page = Page("")
        self.status = 0
        self.answer: ClientResponse | None = None

    async def look(self, path: str = "") -> Self:
        async with self._session.get(self._url + (path or f"/report/{self.community}")) as answer:
            return await self._take(answer)

    async def press(self, button: str, **answers: str) -> Self:
        """Press a button of this page, with these answers beside it; it has to be there."""
        assert button in self.page.buttons(), (button, self.page.buttons())
        found = self.page.all("button", name="button", value=button)
        action = found[-1].get("formaction", f"/report/{self.community}")
        return await self._send(action, {"button": button}, answers)

    async def press_now(self) -> Self:
        """ "Yes, now"."""
        assert self.page.all("button", name="at_once", value="danger=yes")
        return await self._send(f"/report/{self.community}", {"at_once": "danger=yes"}, {})

    async def hand_over(self, told: dict[str, object]) -> Self:
        """What the frame's script does with a conversation that the page around it handed over."""
        url = f"{self._url}/report/{self.community}/evidence"
        async with self._session.post(url, json=told) as answer:
            return await self._take(answer)

    async def ask_for(self, country: str) -> Self:
        """The numbers of another country, on the danger exit."""
        return await self._send(f"/help/{self.community}", {"country": country}, {})

    async def send(self, path: str, **fields: str) -> Self:
        async with self._session.post(self._url + path, data=fields) as answer:
            return await self._take(answer)

    async def _send(self, path: str, pressed: dict[str, str], answers: dict[str, str]) -> Self:
        given = {f"answer.{question}": value for question, value in answers.items()}
        return await self.send(path, **(self.page.hidden() | self.page.chosen() | given | pressed))

    async def _take(self, answer: ClientResponse) -> Self:
        self.answer, self.status = answer, answer.status
        self.page = Page(await answer.text())
        return self


def reference(child: Child) -> str:
    """The code on the page; there has to be a right one."""
    found = CODE.search(child.page.text)
    assert found is not None, child.page.text
    return parse_reference(found.group())
