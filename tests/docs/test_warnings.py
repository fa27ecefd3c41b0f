"""Every warning that the code can say stands in warnings.md, with what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.config.settings import ROOT
from lib.core.refusals import PortRefusal
from lib.core.trouble import Trouble

LIB = ROOT / "lib"
SOURCES = [
    *sorted((LIB / "stream" / "capture").glob("*.py")),
    LIB / "camera" / "devices.py",
    *sorted((LIB / "control").glob("*.py")),
    *sorted((LIB / "osc").glob("*.py")),
    LIB / "web" / "host_report.py",
    LIB / "wire" / "refusals.py",
    LIB / "wire" / "keys.py",
]
# Functions whose answers become warnings.
TELLERS = {"exposed", "_silence", "_again", "_no_stills", "_why", "warnings", "find", "_at", "_by_name"}
COMPOSED = (ast.BinOp, ast.IfExp, ast.BoolOp, ast.Call, ast.Attribute)
SHORTEST = 6  # letters of a piece between two values that are worth looking for


def pieces(path: Path) -> Iterator[str]:
    """The fixed words of every warning in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in tree.body:  # a table of sentences
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WORDS":
            yield from _fixed(node.value, {})
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        scope: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        scope.setdefault(target.id, []).append(node.value)
        for node in ast.walk(function):
            for said in _said(node, function.name):
                yield from _fixed(said, scope)


def _said(node: ast.AST, function: str) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        names = {one.attr for one in node.targets if isinstance(one, ast.Attribute)}
        if names & {"warning", "_trouble", "_source_words"}:
            yield node.value
    elif isinstance(node, ast.Call) and len(node.args) > 1:
        if ast.unparse(node.func).endswith("otices.say"):
            yield node.args[1]
    elif isinstance(node, ast.Return) and function in TELLERS and node.value is not None:
        value = node.value
        if isinstance(value, ast.Tuple):
            value = value.elts[-1]
        yield value.elt if isinstance(value, ast.ListComp) else value


def _fixed(node: ast.expr, scope: dict[str, list[ast.expr]]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from _fixed(part, {}) if isinstance(part, ast.Constant) else ()
    elif isinstance(node, ast.Name):
        for value in scope.get(node.id, []):
            yield from _fixed(value, {})
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _fixed(value, scope)
    elif isinstance(node, ast.Subscript):
        yield from _fixed(node.value, scope)
    elif isinstance(node, COMPOSED):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _fixed(child, scope)


def worth(piece: str) -> list[str]:
    """What of it must stand in the document; {} is where a figure is put."""
    parts = (part.strip(" ;:,()'\"") for part in piece.split("{}"))
    return [part for part in parts if sum(letter.isalpha() for letter in part) >= SHORTEST]


def table() -> str:
    return (ROOT / "docs" / "warnings.md").read_text("utf-8")


WARNINGS = {
    path: [piece for said in pieces(path) for piece in worth(said)]
    for path in SOURCES
    if path.exists()
}


SENTENCES = [piece for kind in Trouble for piece in worth(re.sub(r"\{.*?\}", "{}", kind))]


@pytest.mark.parametrize(
    "path", [path for path, found in WARNINGS.items() if found], ids=lambda path: path.stem
)
def test_every_warning_is_explained(path: Path) -> None:
    text = table()
    assert not sorted({piece for piece in WARNINGS[path] if piece not in text})


def test_every_trouble_of_the_stream_is_explained() -> None:
    text = table()
    assert not sorted({piece for piece in SENTENCES if piece not in text})


def test_enough_of_them_are_found() -> None:
    every = SENTENCES + [piece for found in WARNINGS.values() for piece in found]
    assert len(every) > 40
    for known in (
        "no worker is connected: start transform.py",
        "of frames come too late to be shown: playout glass waits longer for them",
        "has given no picture for more than a second",
        "is in use by another program, OSC_PORT chooses another",
        "another primary uses the folder",
    ):
        assert known in every
    for refusal in PortRefusal:
        assert refusal.hint in table()


def test_each_row_says_what_to_do() -> None:
    rows = [line for line in table().splitlines() if line.startswith("| ")]
    rows = [row for row in rows if not row.startswith(("| it says", "|---"))]
    assert len(rows) > 30
    for row in rows:
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        assert len(cells) == 3 and all(cells), row
