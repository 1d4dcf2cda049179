import base64
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.picture_data import without_picture_data

PNG = base64.b64encode(bytes(range(256)) * 3).decode()
NAIVE = re.compile(r"data:[\w/+.-]*(?:;[\w=-]*)*;base64,[A-Za-z0-9+/]", re.IGNORECASE)

spaces = st.sampled_from(["", "\n", "\t", " ", "\r\n", "\u200b", "\u00ad", "\u2060", "\x01"])
types = st.sampled_from(["image/png", "IMAGE/JPEG", "image/svg+xml", "video/mp4", "application/octet-stream"])


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """An address with picture bytes, dressed up as a browser would still take it or a person still could."""
    scheme = "".join(letter + draw(spaces) for letter in draw(st.sampled_from(["data", "DATA", "dAtA"])))
    parameter = draw(st.sampled_from(["", ";charset=utf-8", ";a=b;c=d"]))
    raw = draw(st.binary(min_size=18, max_size=200))
    body = draw(st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))(raw).decode()
    colon = draw(st.sampled_from([":", "&colon;", "&#58;", "&#x3A;", "\uff1a"]))
    mark = draw(st.sampled_from([";base64,", ";BASE64,", "; base64 , "]))
    return f"{scheme}{colon}{draw(spaces)}{draw(types)}{parameter}{mark}{body}"


@given(addresses(), st.sampled_from(["", "look ", "![x](", '<img src="', "url('", "a 1x, "]))
def test_every_dress_of_picture_data_is_taken_out(address: str, before: str) -> None:
    left, taken = without_picture_data(f"{before}{address}")
    assert taken == 1
    assert left.startswith(f"{before}[data removed: ")
    assert address[-8:] not in left


@given(st.text(max_size=60), addresses(), st.text(max_size=60))
def test_no_picture_address_is_left_whatever_stands_around_it(before: str, address: str, after: str) -> None:
    left, taken = without_picture_data(f"{before} {address} {after}")
    assert taken >= 1
    assert not NAIVE.search(left)


@given(st.text(max_size=300))
def test_taking_out_twice_takes_no_more_than_once(text: str) -> None:
    left, _ = without_picture_data(text)
    assert without_picture_data(left) == (left, 0)


@given(
    st.lists(
        st.one_of(addresses(), st.sampled_from(["data:", "image/png", ";base64,", ",", "A" * 40])), max_size=6
    )
)
def test_pieces_put_together_leave_no_address(pieces: list[str]) -> None:
    left, _ = without_picture_data("".join(pieces))
    assert not NAIVE.search(left)
    assert without_picture_data(left)[1] == 0


def note(kind: str, length: int) -> str:
    return f"[data removed: {kind}, {length} characters]"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"![me](data:image/png;base64,{PNG}) see", f"![me]({note('image/png', 22 + len(PNG))}) see"),
        (
            "<img srcset='data:image/png;base64,AAAA 1x, data:image/gif;base64,BBBB 2x'>",
            f"<img srcset='{note('image/png', 26)} 1x, {note('image/gif', 26)} 2x'>",
        ),
        ("url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)", f"url({note('image/gif', 42)})"),
        ("a data:,hello b", f"a {note('no type', 11)} b"),
        ("data:text/plain;charset=utf-8,I%20know b", f"{note('text/plain', 38)} b"),
        ("data:image/svg+xml;utf8,<svg a='b'> <p/></svg> tail", f"{note('image/svg+xml', 46)} tail"),
        ("data:image/svg+xml,%3Csvg x='1 2'%3E%3C/svg%3E tail", f"{note('image/svg+xml', 46)} tail"),
        ("image/png;base64," + "A" * 40, f"image/png{note('no type', 48)}"),
    ],
)
def test_what_stands_around_the_data_stays(text: str, left: str) -> None:
    assert without_picture_data(text)[0] == left


@pytest.mark.parametrize("width", [16, 60, 76])
def test_base64_broken_into_lines_is_taken_out_whole(width: int) -> None:
    lines = "\n".join(PNG[start : start + width] for start in range(0, len(PNG), width))
    left, _ = without_picture_data(f"before data:image/png;base64,{lines}\nI am scared")
    assert left.startswith("before [data removed: image/png, ")
    assert left.endswith("]\nI am scared")


@pytest.mark.parametrize("magic", ["iVBORw0KGgo", "/9j/", "R0lGODlh", "UklGR"])
def test_a_bare_picture_in_base64_is_taken_out_too(magic: str) -> None:
    left, taken = without_picture_data(f"here: {magic}{PNG} ok")
    assert taken == 1
    assert left.startswith("here: [data removed: no type, ")
    assert left.endswith(" ok")


@pytest.mark.parametrize(
    "words",
    [
        "here is the data: image of you, ok",
        "my data: foo, bar",
        "metadata: a/b c, d",
        "they said data: text, then nothing",
        "Data, he said: /images/me.png",
        "candidate:,",
        "no data:\nimage later, maybe",
        "base64 is a way to write things, iVBORw0KGgo is how a PNG starts",
        "a;base64,",
    ],
)
def test_plain_words_are_left_alone(words: str) -> None:
    assert without_picture_data(words) == (words, 0)


@pytest.mark.parametrize(
    "threat", ["I will hurt you if you tell", "Nobody believes you", "please DONT tell anyone"]
)
@pytest.mark.parametrize("between", [" ", "\n", "\r\n\t"])
def test_nobody_hides_a_threat_behind_an_address(threat: str, between: str) -> None:
    left, _ = without_picture_data(f"data:image/png;base64,iVBORw0KGgo={between}{threat}")
    assert left.endswith(f"]{between}{threat}")


LABORIOUS = [
    *("d", "data:", "a/", "data:image/png;base64,A ", ";", "data:;a", "<svg ", "data:image/svg+xml,<svg "),
    *("(a)", "data:image/x,(", "da ta", ";base64,", "</svg>", "data:image/svg+xml,<svg </svg>", "/9j/"),
]


@pytest.mark.parametrize("piece", LABORIOUS)
def test_a_megabyte_made_to_take_long_does_not(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = time.thread_time()
    without_picture_data(text)
    assert time.thread_time() - began < 10
