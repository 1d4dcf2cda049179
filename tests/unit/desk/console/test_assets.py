import re
from pathlib import Path

import pytest
from aiohttp import web

import desk.console
from desk.console.assets import Assets

MARKUP_FROM_TEXT = re.compile(
    r"innerHTML\s*=(?!=)|outerHTML\s*=(?!=)|insertAdjacentHTML|document\.write|eval\(|https?://"
)
INLINE = re.compile(
    r"\|\s*safe|autoescape|\sstyle=|\son[a-z]+=|<style|<script(?! src=)|javascript:"
    r"|(src|href|action)=\"(https?:)?//"
)
ITS_OWN_STYLE = re.compile(r"<style>[^<{]*\{.*?</style>", re.DOTALL)
"""Of the one file that goes out by itself, with no style sheet beside it."""
ROOM = Path(desk.console.__file__).parent


def test_an_asset_is_named_by_its_content_and_may_be_kept() -> None:
    path = Assets().path("console.css")
    assert re.fullmatch(r"/static/console\.[0-9a-f]{16}\.css", path)
    answer = Assets().answer(path.removeprefix("/static/"))
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.content_type == "text/css"


@pytest.mark.parametrize("path", ["console.css", "console.0000000000000000.css", "../app.py", ""])
def test_any_other_address_is_not_there(path: str) -> None:
    with pytest.raises(web.HTTPNotFound):
        Assets().answer(path)


def test_a_script_of_ours_never_makes_markup_run_or_calls_elsewhere() -> None:
    script = (ROOM / "static" / "console.js").read_text()
    assert not MARKUP_FROM_TEXT.search(script)


def test_a_style_of_ours_fetches_nothing() -> None:
    style = (ROOM / "static" / "console.css").read_text()
    assert "url(" not in style
    assert "@import" not in style


@pytest.mark.parametrize("template", sorted((ROOM / "templates").glob("*.html")), ids=lambda path: path.name)
def test_no_template_switches_escaping_off_or_has_script_or_style_inside(template: Path) -> None:
    markup = template.read_text()
    if template.name == "pack_transcript.html":
        markup = ITS_OWN_STYLE.sub("", markup, count=1)
    assert not INLINE.search(markup)
    posted = markup.count("<form") - markup.count('<form method="get"')
    assert posted == markup.count('{% include "_form.html" %}')
