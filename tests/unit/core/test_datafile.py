"""Reading operators' TOML: each fault with its file and line."""

import tomllib
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import datafile
from core.datafile import Fault
from core.errors import SettingsInvalid


class Row(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    sizes: tuple[int, ...] = ()


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "some.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def faults_of(file: Path) -> tuple[Fault, ...]:
    with pytest.raises(SettingsInvalid) as caught:
        datafile.read(file)
    return tuple(fault for fault in caught.value.faults if isinstance(fault, Fault))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path / "none.toml")
    assert fault.file.endswith("none.toml")
    assert "No such file" in fault.reason


def test_a_folder_in_place_of_a_file_is_said(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path)
    assert "cannot be read" in fault.reason


def test_broken_toml_gives_its_line(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, 'a = 1\nb = 2\nc = "open\n'))
    assert fault.line == 3
    assert "is not TOML" in fault.reason


def test_toml_that_breaks_off_at_its_end_gives_the_last_line(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, "a = [1,\n2,\n3,"))
    assert fault.line == 3


def test_another_encoding_gives_the_line_of_the_first_bad_byte(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, b'a = 1\nname = "caf\xe9"\n'))
    assert (fault.line, fault.mend) == (2, "Save the file as UTF-8.")


def test_utf_16_is_told_as_another_encoding(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, "a = 1\n".encode("utf-16")))
    assert "UTF-8" in fault.reason


def test_a_mark_at_the_start_of_the_file_does_no_harm(tmp_path: Path) -> None:
    assert datafile.read(written(tmp_path, b"\xef\xbb\xbfa = 1\n")).values == {"a": 1}


def test_a_file_of_five_megabytes_is_refused_unparsed(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, b"#" * 5_000_000))
    assert "megabytes" in fault.reason


def test_bottomless_nesting_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    (fault,) = faults_of(written(tmp_path, "a = " + "[" * 100_000))
    assert fault.reason


def test_entries_collects_every_row_that_does_not_fit(tmp_path: Path) -> None:
    text = '[[row]]\nname = "a"\n\n[[row]]\nname = 3\n\n[[row]]\nname = "c"\nsizes = [\n  1,\n  "two",\n]\n'
    file = datafile.read(written(tmp_path, text))
    with pytest.raises(SettingsInvalid) as caught:
        datafile.entries(file, "row", Row)
    assert [(fault.line, fault.key) for fault in caught.value.faults if isinstance(fault, Fault)] == [
        (5, "row[2].name"),
        (9, "row[3].sizes[2]"),
    ]


def test_entries_without_any_row_is_a_fault(tmp_path: Path) -> None:
    for text in ("", "row = 3", "row = []"):
        file = datafile.read(written(tmp_path, text))
        with pytest.raises(SettingsInvalid, match=r"has no \[\[row\]\]"):
            datafile.entries(file, "row", Row)


def test_a_fault_reads_as_one_line_with_its_mend() -> None:
    fault = Fault("a.toml", 7, "server.port", "is no port.", "Write a number.")
    assert str(fault) == "a.toml:7: server.port: is no port. Mend: Write a number."
    assert str(Fault("a.toml", None, "", "is empty.", "Fill it.")) == "a.toml: is empty. Mend: Fill it."


TRICKY = '''# [not.a.table]
a = 1 # b = 2
"quoted key" = "x = 1"
long = """
[still.text]
c = 3
"""
list = [
  "d = 4", # ] not the end
  ["e = 5"],
]
[ table ]
x.y = 1
["table"."sub]"]
z = \'\'\'
[text] z = 2\'\'\'
[[many]]
n = 1
[[many.inner]]
m = 1
[[many]]
n = 2
[[many.inner]]
m = 2
[[many.inner]]
m = 3
'''


def test_lines_are_found_past_comments_strings_and_lists() -> None:
    lines = datafile.key_lines(TRICKY)
    assert lines == {
        ("a",): 2,
        ("quoted key",): 3,
        ("long",): 4,
        ("list",): 8,
        ("table",): 12,
        ("table", "x", "y"): 13,
        ("table", "sub]"): 14,
        ("table", "sub]", "z"): 15,
        ("many", 0): 17,
        ("many", 0, "n"): 18,
        ("many", 0, "inner", 0): 19,
        ("many", 0, "inner", 0, "m"): 20,
        ("many", 1): 21,
        ("many", 1, "n"): 22,
        ("many", 1, "inner", 0): 23,
        ("many", 1, "inner", 0, "m"): 24,
        ("many", 1, "inner", 1): 25,
        ("many", 1, "inner", 1, "m"): 26,
    }


def test_the_line_of_a_value_inside_an_inline_table_is_that_of_its_key(tmp_path: Path) -> None:
    file = datafile.read(written(tmp_path, "[a]\n\nb = { c = 1 }\n"))
    assert file.line("a", "b", "c") == 3
    assert file.line("nothing", "known") is None


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
VALUES = st.one_of(
    st.integers(-9, 9).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20).map(
        lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    ),
    st.just('"""\n[a.b]\nc = 1\n"""'),
    st.just("[\n  1, # ]\n  2,\n]"),
    st.just('{ one = [1, 2], two = "}" }'),
)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_every_key_of_any_file_is_found_on_the_line_that_defines_it(
    tables: dict[str, dict[str, str]],
) -> None:
    text = ""
    expected: dict[datafile.KeyPath, int] = {}
    for table, keys in tables.items():
        expected[(table,)] = text.count("\n") + 1
        text += f"[{table}]\n"
        for key, value in keys.items():
            expected[table, key] = text.count("\n") + 1
            text += f"{key} = {value}\n"
    tomllib.loads(text)
    assert datafile.key_lines(text) == expected


@given(st.text(max_size=200))
def test_finding_lines_never_fails_on_a_text_that_parses(text: str) -> None:
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    datafile.key_lines(text)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_fault(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    file = written(tmp_path_factory.mktemp("bytes"), raw)
    with suppress(SettingsInvalid):
        datafile.read(file)
