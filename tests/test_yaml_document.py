"""Plain data out of YAML, with positions; whatever is not plain is told, never obeyed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.yaml_document import MAX_BYTES, parse_yaml, read_yaml


def told(text: str) -> list[str]:
    """The faults of a text."""
    return [str(fault) for fault in parse_yaml(text, path="f").faults]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("010", 10),
        ("1_000", 1000),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ("=", "="),
        ("-_", "-_"),
        ("0x", "0x"),
        ("!!str 12", "12"),
        ("~", None),
        ("'5'", "5"),
        ("1e3", 1000.0),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    """Words stay words, dates stay texts, and what only looks like a number is a text."""
    document = parse_yaml(f"a: {text}", path="f")
    assert document.data == {"a": value}
    assert document.faults == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "f: the file is empty"),
        ("# only a comment\n", "f: the file is empty"),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second document begins here; one file holds one scenario"),
        ("a: 1\nb: [1,\n", "f:3:1: this is not YAML: expected the node content, but found '<stream end>'"),
        ("a: b: c", "f:1:5: this is not YAML: mapping values are not allowed here"),
        ("a:\n\t- b", "f:2:1: this is not YAML: a tab cannot indent; use spaces"),
        ("a: *q", "f:1:4: this is not YAML: found undefined alias 'q'"),
        ("x: 1\na: \x1b[31m", "f:2:4: the character U+001B is not allowed in YAML"),
        ("a: 1\nb: 2\na: 3", "f:3:1: a: the key 'a' occurs twice (first on line 1)"),
        ("a: !!python/object/apply:os.system [id]", "f:1:4: a: the tag 'tag:yaml.org,2002:python/object/apply:os"),
        ("a: !env HOME", "f:1:4: a: the tag '!env' is not allowed here"),
        ("a: !!set {b}", "f:1:4: a: the tag 'tag:yaml.org,2002:set' is not allowed here"),
        ("a: !!binary aGk=", "f:1:4: a: the tag 'tag:yaml.org,2002:binary' is not allowed here"),
        ("a: !!map [1]", "f:1:4: a: the tag 'tag:yaml.org,2002:map' is not allowed here"),
        ("a: &x {b: 1}\nc: {<<: *x}", "f:2:5: c.<<: merge keys are not read; write the keys out"),
        ("? [a]\n: 1", "f:1:3: a key must be a word, not a list or a mapping"),
        ("a: &x [*x]", "f:1:4: a[0]: an alias stands inside the very part it repeats"),
        ('a: "\\ud800"', "f:1:4: a: the text holds half a character"),
        ("a: " + "[" * 60, "f:1:33: parts stand more than 30 levels deep"),
        ("%YAML 9.0\n---\na: 1", "f:1:1: this is not YAML: found incompatible YAML document"),
    ],
)
def test_what_is_not_plain_yaml_is_told_once(text: str, expected: str) -> None:
    """One fault, with its line and column counted from 1."""
    [fault] = told(text)
    assert fault.startswith(expected)


def test_an_alias_repeats_a_part_and_its_position() -> None:
    """Aliases are for people who repeat themselves; the position is that of the part itself."""
    document = parse_yaml("a: &x\n  b: 1\nc: *x\n", path="f")
    assert document.data == {"a": {"b": 1}, "c": {"b": 1}}
    assert str(document.fault(("c", "b"), "m")) == "f:2:6: c.b: m"


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    """Nine levels of ten aliases are a thousand million values; one fault in well under a second."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    start = time.process_time()
    [fault] = told("\n".join(lines))
    assert "aliases repeat more than 10,000 values" in fault
    assert time.process_time() - start < 2


def test_positions_point_at_values_keys_and_the_nearest_part_around() -> None:
    """A place that the file does not have is shown where it should have been."""
    document = parse_yaml("a:\n  - b: 1\n    c:\nd: 2\n", path="f")
    places: list[tuple[tuple[str | int, ...], bool]] = [(("a", 0, "b"), False), (("a", 0, "b"), True)]
    places += [(("a", 0, "c"), False), (("a", 0, "new"), False), (("a", 7, "x"), False), (("new",), False)]
    found = [document.fault(place, "m", at_key=at_key) for place, at_key in places]
    assert [(fault.line, fault.column) for fault in found] == [(2, 8), (2, 5), (3, 5), (2, 5), (2, 3), (1, 1)]


def test_files_that_cannot_be_read_are_faults(tmp_path: Path) -> None:
    """Missing, a directory, binary, UTF-16, too large, a name no system takes."""
    (tmp_path / "binary").write_bytes(b"\xff\x00\xfe")
    (tmp_path / "nul").write_bytes(b"a: 1\n\x00")
    (tmp_path / "wide").write_text("a: 1", encoding="utf-16")
    (tmp_path / "large").write_bytes(b"#" * (MAX_BYTES + 1))
    expected = {
        "missing": "there is no such file",
        ".": "this is a directory; name the file inside it",
        "binary": "this is not UTF-8 text (byte 0)",
        "nul": "the character U+0000 is not allowed",
        "wide": "this is not UTF-8 text (byte 0)",
        "large": "larger than 250,000 bytes",
        "a\0b": "cannot be read",
        "x" * 5000: "cannot be read",
    }
    for name, words in expected.items():
        [fault] = read_yaml(f"{tmp_path}/{name}").faults
        assert words in fault.message
        assert "\n" not in str(fault)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Some editors write one."""
    (tmp_path / "f").write_text("a: 1", encoding="utf-8-sig")
    assert read_yaml(tmp_path / "f").data == {"a": 1}


yaml_like = st.text(st.sampled_from("ab:-?!&*%@`|>[]{},#'\"\\ \n\t0.~_<=é\u2028\x85\ud800\x00"), max_size=60)


@given(st.one_of(yaml_like, st.text(max_size=40)))
@settings(max_examples=600, deadline=None)
def test_no_text_raises(text: str) -> None:
    """Whatever it is, there is data or a fault, and every fault is one printable line."""
    document = parse_yaml(text, path="f")
    assert document.faults or document.data is not None or text.strip()
    assert all(str(fault).isprintable() for fault in document.faults)
