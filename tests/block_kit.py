"""Draws Block Kit JSON near enough to Slack to judge what a young person sees there.
It fetches nothing, runs nothing and proves nothing: what Slack accepts, only Slack's own limits say."""

from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from re import Match
from re import compile as pattern
from typing import Any, Literal, TypeVar

from playwright.async_api import Browser

from tests.web_browser import chromium

T = TypeVar("T")
Json = Mapping[str, Any]
Surface = Literal["modal", "home", "message"]

APP = "Lifebelt"
_AVATAR = f'<span class="avatar">{APP[0]}</span>'
_MARK = pattern(
    r"`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<b>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<!\w)_(?P<i>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)"
    r"|(?<![\w~])~(?P<s>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
)


class Undrawable(ValueError):
    """What is not drawn here, by its name: an image, which we never show, or what nobody needed yet."""


def page(
    shown: Json, *, surface: Surface, dark: bool = False, phone: bool = False, opened: bool = False
) -> str:
    """A whole document of one view or message. `opened` unfolds what a press would: options, "Are you sure?".

    A message that says `"response_type": "ephemeral"` is marked as visible to one person only.
    """
    classes = f"screen {surface}{' dark' if dark else ''}{' phone' if phone else ''}"
    return _document(f'<div class="{classes}">{_SURFACES[surface](shown, phone, opened)}</div>')


def sheet(shots: Mapping[str, str], *, columns: int = 4) -> str:
    """One document with several pages side by side, each under its caption, to look at many at once."""
    drawn = ""
    for caption, html in shots.items():
        body = html.partition("<body>")[2].rpartition("</body>")[0]
        drawn += f"<figure><figcaption>{escape(caption)}</figcaption>{body}</figure>"
    return _document(f'<div class="sheet" style="--columns:{columns}">{drawn}</div>')


async def picture(
    browser: Browser, html: str, path: Path, *, height: int | None = None, scale: float = 1
) -> Path:
    """Photograph a page from top to bottom; with `height` (under 1000), what so low a window shows."""
    context = await browser.new_context(
        viewport={"width": 1600, "height": 1000}, device_scale_factor=scale, java_script_enabled=False
    )
    async with context:
        tab = await context.new_page()
        await tab.set_content(html)
        box = await tab.locator("body > div").bounding_box() or {"width": 1, "height": 1}
        await tab.set_viewport_size({"width": int(box["width"]), "height": height or int(box["height"])})
        await tab.screenshot(path=path)
    return path


async def pictures(
    folder: Path, shots: Mapping[str, str], *, height: int | None = None, scale: float = 1
) -> list[Path]:
    """Photograph every page with one browser, as `<name>.png` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    async with chromium() as browser:
        return [
            await picture(browser, html, folder / f"{name}.png", height=height, scale=scale)
            for name, html in shots.items()
        ]


def _document(body: str) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Block Kit</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )


def _modal(view: Json, phone: bool, opened: bool) -> str:
    title, submit, close = (_label(view, part) for part in ("title", "submit", "close"))
    title, cross = f'<b class="title">{title}</b>', '<span class="cross">✕</span>'
    body = f'<div class="body">{_blocks(view, opened)}</div>'
    if phone:
        return f'<div class="bar">{cross}{title}<span class="send">{submit}</span></div>{body}'
    foot = _button(close or "Close") + (_button(submit, "primary") if submit else "")
    bar = f'<div class="bar">{_AVATAR}{title}{cross}</div>'
    return f'<div class="window">{bar}{body}<div class="foot">{foot}</div></div>'


def _home(view: Json, phone: bool, opened: bool) -> str:
    bar = f'<div class="bar">{"" if phone else _AVATAR}<b class="title">{APP}</b></div>'
    tabs = '<div class="tabs"><b>Home</b><span>Messages</span><span>About</span></div>'
    return f'{bar}{tabs}<div class="body">{_blocks(view, opened)}</div>'


def _message(message: Json, phone: bool, opened: bool) -> str:
    alone = message.get("response_type") == "ephemeral"
    bar = f'<div class="bar"><b class="title">{"# general" if alone else APP}</b></div>'
    only = '<div class="only"><i class="eye"></i>Only visible to you</div>' if alone else ""
    who = f'<div class="who"><b>{APP}</b><span class="badge">APP</span><span>9:41 AM</span></div>'
    said = _blocks(message, opened) if "blocks" in message else _mrkdwn(message["text"])
    line = f'<div class="said">{_AVATAR}<div class="text">{who}{said}</div></div>'
    return f'{bar}<div class="body">{only}{line}</div>'


def _blocks(holder: Json, opened: bool) -> str:
    return "".join(
        f'<div class="block {escape(block["type"])}">{_named(_BLOCKS, block)(block, opened)}</div>'
        for block in holder["blocks"]
    )


def _named(table: Mapping[str, T], item: Json) -> T:
    if item["type"] not in table:
        raise Undrawable(f"nothing here draws {item['type']!r}")
    return table[item["type"]]


def _section(block: Json, opened: bool) -> str:
    said = _text(block["text"], "text") if "text" in block else ""
    fields = "".join(_text(field, "text") for field in block.get("fields", ()))
    beside = _element(block["accessory"], opened) if "accessory" in block else ""
    return f'<div class="words">{said}<div class="fields">{fields}</div></div>{beside}'


def _input(block: Json, opened: bool) -> str:
    optional = '<span class="optional"> (optional)</span>' if block.get("optional") else ""
    hint = _text(block["hint"], "small") if "hint" in block else ""
    label = f'<div class="label">{_label(block, "label")}{optional}</div>'
    return label + _element(block["element"], opened) + hint


def _element(element: Json, opened: bool) -> str:
    drawn = _named(_ELEMENTS, element)(element, opened)
    return drawn + (_confirm(element["confirm"]) if opened and "confirm" in element else "")


def _button(label: str, style: str = "default") -> str:
    return f'<span class="button {escape(style)}">{label}</span>'


def _confirm(sure: Json) -> str:
    yes = _button(_label(sure, "confirm"), sure.get("style", "primary"))
    foot = f'<div class="foot">{_button(_label(sure, "deny"))}{yes}</div>'
    return f'<div class="menu sure"><b>{_label(sure, "title")}</b>{_text(sure["text"], "text")}{foot}</div>'


def _select(element: Json, opened: bool) -> str:
    chosen = element.get("initial_option", {})
    shown = _label(chosen, "text") or _label(element, "placeholder") or "Select an option"
    box = f'<div class="box{"" if chosen else " empty"}"><span>{shown}</span><i class="down"></i></div>'
    return f'<div class="select">{box}{_options(element, "menu") if opened else ""}</div>'


def _options(element: Json, name: str) -> str:
    drawn = ""
    for option in element["options"]:
        on = " on" if option == element.get("initial_option") else ""
        more = _text(option["description"], "small") if "description" in option else ""
        drawn += f'<div class="option{on}"><i></i><div>{_text(option["text"], "text")}{more}</div></div>'
    return f'<div class="{name}">{drawn}</div>'


def _plain_text_input(element: Json, opened: bool) -> str:
    written = escape(element.get("initial_value") or "")
    look = f"box{'' if written else ' empty'}{' many' if element.get('multiline') else ''}"
    return f'<div class="{look}"><span>{written or _label(element, "placeholder")}</span></div>'


def _label(holder: Json, part: str) -> str:
    return _words(holder[part]) if holder.get(part) else ""


def _text(text: Json, size: str) -> str:
    return f'<div class="{size}">{_words(text)}</div>'


def _words(text: Json) -> str:
    return _named(_TEXTS, text)(text["text"])


def _mrkdwn(said: str) -> str:
    """Lines that open with > are a quotation, as Slack has it, whether that was meant or not."""
    drawn = ""
    for quoted, run in groupby(said.split("\n"), key=lambda line: line.startswith(("&gt;", ">"))):
        lines = [line.removeprefix("&gt;").removeprefix(">") if quoted else line for line in run]
        words = _inline("\n".join(lines))
        drawn += f"<blockquote>{words}</blockquote>" if quoted else f"<div>{words}</div>"
    return drawn


def _inline(said: str) -> str:
    drawn, at = "", 0
    for found in _MARK.finditer(said):
        drawn += _plain(said[at : found.start()]) + _marked(found)
        at = found.end()
    return drawn + _plain(said[at:])


def _marked(found: Match[str]) -> str:
    tag = str(found.lastgroup)
    if tag == "angle":
        return _angle(found[tag])
    return f"<{tag}>{_plain(found[tag]) if tag == 'code' else _inline(found[tag])}</{tag}>"


def _angle(inner: str) -> str:
    """What stands in <>: an address, somebody, a channel, a date by its fallback. All else is only text."""
    target, _, shown = inner.partition("|")
    if target.startswith(("https://", "http://", "mailto:", "tel:")):
        return f'<a title="{_plain(target)}">{_plain(shown or target)}</a>'
    if target.startswith("!date^"):
        return _plain(shown)
    if target.startswith(("@", "#")):
        return f'<span class="mention">{_plain(target[0] + (shown or target[1:]))}</span>'
    return _plain(f"<{inner}>")


def _plain(said: str) -> str:
    return escape(said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _rich(part: Json) -> str:
    if part["type"] != "rich_text_list":
        tag = _named(_RICH, part)
        return f"<{tag}>{_spans(part)}</{tag}>"
    tag = "ol" if part["style"] == "ordered" else "ul"
    items = "".join(f"<li>{_spans(item)}</li>" for item in part["elements"])
    return f'<{tag} style="margin-left:{int(part.get("indent", 0)) * 28}px">{items}</{tag}>'


def _spans(part: Json) -> str:
    return "".join(_styled(_named(_SPANS, span)(span), span.get("style", {})) for span in part["elements"])


def _styled(drawn: str, style: Json) -> str:
    for name, tag in (("code", "code"), ("strike", "s"), ("italic", "i"), ("bold", "b")):
        drawn = f"<{tag}>{drawn}</{tag}>" if style.get(name) else drawn
    return drawn


_Drawn = Callable[[Json, bool], str]
_SURFACES: Mapping[Surface, Callable[[Json, bool, bool], str]]
_SURFACES = {"modal": _modal, "home": _home, "message": _message}
_BLOCKS: Mapping[str, _Drawn] = {
    "section": _section,
    "header": lambda block, _: _label(block, "text"),
    "divider": lambda _, __: "<hr>",
    "context": lambda block, _: "".join(_text(each, "small") for each in block["elements"]),
    "actions": lambda block, opened: "".join(_element(each, opened) for each in block["elements"]),
    "input": _input,
    "rich_text": lambda block, _: "".join(map(_rich, block["elements"])),
}
_ELEMENTS: Mapping[str, _Drawn] = {
    "button": lambda element, _: _button(_label(element, "text"), element.get("style", "default")),
    "static_select": _select,
    "radio_buttons": lambda element, _: _options(element, "radio"),
    "plain_text_input": _plain_text_input,
}
_TEXTS: Mapping[str, Callable[[str], str]] = {"plain_text": escape, "mrkdwn": _mrkdwn}
_RICH = {"rich_text_section": "div", "rich_text_quote": "blockquote", "rich_text_preformatted": "pre"}
_SPANS: Mapping[str, Callable[[Json], str]] = {
    "text": lambda span: escape(span["text"]),
    "link": lambda span: f'<a title="{escape(span["url"])}">{escape(span.get("text") or span["url"])}</a>',
    "emoji": lambda span: escape(f":{span['name']}:"),
    "date": lambda span: escape(span["fallback"]),
}
_STYLE = """
*{box-sizing:border-box} html,body{margin:0} body{width:max-content}
.screen,.sheet{--page:#fff;--ink:#1d1c1d;--soft:#616061;--edge:#1d1c1d4d;--line:#1d1c1d21;--link:#1264a3;
  --go:#007a5a;--send:#007a5a;--stop:#e01e5a;--code:#c01343;--tint:#1d1c1d0a;--around:#c9c8ca;
  --sans:Lato,Arial,"Liberation Sans","DejaVu Sans Condensed",sans-serif;font:15px/1.46667 var(--sans);
  overflow-wrap:anywhere;color:var(--ink)}
.dark{--page:#1a1d21;--ink:#d1d2d3;--soft:#ababad;--edge:#e8e8e84d;--line:#e8e8e821;--link:#1d9bd1;
  --send:#2bac76;--code:#e8912d;--tint:#e8e8e80a;--around:#0b0c0e} .screen{background:var(--page)}
.modal{width:568px;padding:24px;background:var(--around)} .home{width:700px} .message{width:640px}
.window{display:flex;flex-direction:column;background:var(--page);border-radius:8px;
  box-shadow:0 0 0 1px var(--line),0 18px 48px #0006}
.bar{display:flex;flex:none;align-items:center;gap:12px;padding:14px 20px}
.title{flex:1;min-width:0;font-size:18px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.modal .bar{padding:20px 20px 16px 28px} .modal .title{font-size:22px;line-height:30px}
.cross{color:var(--soft);font-size:17px;width:36px;text-align:center}
.avatar{flex:none;width:36px;border-radius:8px;background:#0f6b8a;color:#fff;font:bold 19px/36px var(--sans);
  text-align:center;align-self:flex-start}
.bar .avatar{width:28px;font-size:15px;line-height:28px;border-radius:6px}
.body{padding:4px 28px 20px;overflow:auto} .home .body{padding:12px 24px 32px}
.message .body{padding:12px 20px 20px} .message .bar,.tabs{border-bottom:1px solid var(--line)}
.tabs{display:flex;gap:20px;padding:0 24px;font-size:13px;color:var(--soft)} .tabs>*{padding:4px 0 9px}
.tabs b{color:var(--ink);box-shadow:inset 0 -2px var(--ink)}
.foot{display:flex;justify-content:flex-end;gap:12px;padding:20px 28px 24px} .block{margin:16px 0 0}
.input.block{margin:20px 0 0} .modal .block:first-child{margin:0} .message .block,.home .block{margin:8px 0 0}
.home .input.block{margin:16px 0} .actions,.context{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.section{display:flex;gap:16px;align-items:flex-start} .words{flex:1;min-width:0}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:8px 16px} .text+.fields:not(:empty){margin-top:8px}
.header{font-size:18px;font-weight:bold;line-height:1.33}
hr{border:0;border-top:1px solid var(--line);margin:0}
.block .text,.small,.header,.rich_text div,li,pre,blockquote{white-space:pre-wrap}
.small{font-size:13px;color:var(--soft);line-height:1.38} .label{font-weight:bold;margin-bottom:6px}
.optional{font-weight:normal;color:var(--soft)} .input>.small{margin-top:6px}
.button{display:inline-block;flex:none;max-width:100%;padding:0 12px;border-radius:6px;
  font:bold 13px/26px var(--sans);border:1px solid var(--edge);white-space:nowrap;overflow:hidden;
  text-overflow:ellipsis} .foot .button{line-height:34px;font-size:15px;min-width:80px;text-align:center}
.primary{background:var(--go)} .danger{background:var(--stop)} .primary,.danger{color:#fff;border-color:#0000}
.box{display:flex;gap:8px;align-items:center;justify-content:space-between;min-height:36px;padding:6px 12px;
  border:1px solid var(--edge);border-radius:6px;white-space:pre-wrap} .empty{color:var(--soft)}
.down{flex:none;width:8px;height:8px;margin:-4px 2px 0;border:solid var(--ink);border-width:0 2px 2px 0;
  rotate:45deg} .section .select,.actions .select{max-width:220px}
.section .box,.actions .box{min-height:28px;padding:2px 10px;font-size:13px;font-weight:bold;color:var(--ink)}
.section .down,.actions .down{width:7px;height:7px}
.menu{margin:4px 0 0;padding:8px 0;border-radius:8px;box-shadow:0 0 0 1px var(--line),0 4px 12px #0003}
.option{display:flex;gap:10px;padding:4px 0} .menu .option{padding:5px 20px} .menu i{display:none}
.menu .on{background:var(--link);color:#fff} .menu .on .small{color:#fff}
.sure{flex:1 0 100%;padding:14px 18px} .sure .foot{padding:14px 0 0}
.radio .option>i{flex:none;width:18px;height:18px;margin:2px;border:1px solid var(--soft);border-radius:50%}
.radio .on>i{border:5px solid var(--link)} a{color:var(--link)}
.mention{color:var(--link);background:#1d9bd11a}
code,pre{font:12px/1.5 "DejaVu Sans Mono",monospace;border:1px solid var(--line);background:var(--tint);
  border-radius:3px} code{color:var(--code);padding:2px 3px 1px} pre{padding:8px;margin:4px 0}
blockquote{margin:4px 0;padding-left:14px;border-left:4px solid var(--edge)} ul,ol{margin:0;padding-left:28px}
.only{display:flex;gap:8px;align-items:center;font-size:13px;color:var(--soft);margin:0 0 4px 48px}
.eye{width:14px;height:9px;border:2px solid var(--soft);border-radius:50%;background:var(--soft) content-box;
  padding:0 3px} .said{display:flex;gap:12px} .said>.text{flex:1;min-width:0}
.who{display:flex;gap:6px;align-items:center;line-height:1.3} .who span{font-size:12px;color:var(--soft)}
.who .badge{font-size:10px;font-weight:bold;padding:0 4px;border-radius:3px;background:var(--line)}
.phone{width:375px;min-height:667px;padding:0;background:var(--page);font-size:16px}
.phone .body{padding:16px 16px 28px}
.phone .bar{padding:12px 16px;gap:4px;border-bottom:1px solid var(--line)}
.phone.modal .bar{padding:12px 16px 12px 8px} .phone .bar .title{font-size:16px;line-height:28px}
.send{color:var(--send);font-size:14px;font-weight:bold} .phone .tabs{padding:8px 16px 0}
.phone .section{flex-direction:column;gap:8px} .phone .fields{grid-template-columns:1fr}
.phone .block .button{line-height:34px;font-size:15px} .phone .input .box{min-height:44px}
.phone .option{padding:6px 0} .phone .menu .option{padding:8px 16px}
.input .many.many{min-height:102px;align-items:flex-start}
.sheet{display:grid;grid-template-columns:repeat(var(--columns),max-content);gap:28px;padding:28px;
  background:#8d9196;align-items:start} figure{margin:0} figcaption{font-weight:bold;line-height:2}
@media (max-height:999px){.window{max-height:calc(100vh - 48px)}}
"""
