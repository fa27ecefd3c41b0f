"""What runs on the other machine: settings in a file, the tree, and the way there."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from lib.config.settings import ROOT
from lib.ops.fleet.agent import envfile, tree
from lib.ops.fleet.record import Record
from lib.ops.fleet.ssh import BOOT, MODULES, packed, understood

WRITABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"))


@given(WRITABLE)
def test_a_value_is_read_back_by_us_by_the_programs_and_by_a_shell_alike(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    value = value.strip()
    try:
        text = envfile.changed("", {"NAME": value})
    except envfile.EnvError:
        assert "'" in value or "\\" in value or "${" in value or not value.isprintable()
        return
    file = tmp_path_factory.mktemp("env") / ".env"
    file.write_text(text, "utf-8")
    assert envfile.values(text)["NAME"] == value
    assert dotenv_values(file)["NAME"] == value


def test_a_shell_reads_it_so_too(tmp_path: Path) -> None:
    values = ["a b", "it's", '"x"', "$HOME", "a#b #c", "ü%&*", 'say "it\'s"', ""]
    file = tmp_path / "env"
    file.write_text(envfile.changed("", {f"V{n}": one for n, one in enumerate(values)}), "utf-8")
    script = f". '{file}'; for n in 0 1 2 3 4 5 6 7; do v=V$n; echo \"${{!v}}\"; done"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == values


def test_a_change_leaves_every_other_line_alone() -> None:
    text = "# top\n\nA=1 # one\nexport B = 'two'\nA=3\nodd line\n"
    new = envfile.changed(text, {"A": "9", "B": "two", "C": "x y"})
    assert new == "# top\n\nA=9\nexport B = 'two'\nodd line\nC='x y'\n"
    assert envfile.difference(text, new) == ["A", "C"]


def test_a_tree_that_is_packed_is_the_same_version_where_it_is_unpacked(tmp_path: Path) -> None:
    payload, version = tree.pack(ROOT)
    fresh = tree.unpack(payload, tmp_path)
    assert tree.version(fresh) == version != ""
    assert not (fresh / ".env").exists() and not (fresh / ".git").exists()
    (fresh / "README.md").write_text("prose")
    assert tree.version(fresh) == version
    (fresh / "transform.py").write_text("else")
    assert tree.version(fresh) != version


def test_an_archive_may_not_write_outside(tmp_path: Path) -> None:
    import io
    import tarfile

    for name in ("../out", "/out", "lib/../../out"):
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w:gz") as archive:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
        with pytest.raises(tree.TreeError, match="no plain file of ours"):
            tree.unpack(held.getvalue(), tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [tree.FRESH]


def test_a_swap_can_be_taken_back(tmp_path: Path) -> None:
    for root, text in ((tmp_path, "old"), (tmp_path / tree.FRESH, "new")):
        (root / "lib").mkdir(parents=True)
        (root / "lib" / "x.py").write_text(text)
    (tmp_path / "run.sh").write_text("old")  # the new one has none
    (tmp_path / ".env").write_text("mine")
    tree.swap(tmp_path / tree.FRESH, tmp_path)
    assert (tmp_path / "lib/x.py").read_text() == "new" and not (tmp_path / "run.sh").exists()
    tree.swap_back(tmp_path)
    assert (tmp_path / "lib/x.py").read_text() == (tmp_path / "run.sh").read_text() == "old"
    assert (tmp_path / ".env").read_text() == "mine"


def test_what_is_sent_needs_nothing_but_the_standard_library() -> None:
    for name in MODULES:
        source = (ROOT / f"{name.replace('.', '/')}.py").read_text()
        for node in ast.walk(ast.parse(source)):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for one in names:
                ours = one in MODULES or one == "lib.ops.fleet.agent"
                assert ours or one.split(".")[0] in sys.stdlib_module_names, (name, one)


def test_it_runs_on_a_bare_python_and_answers_one_line(tmp_path: Path) -> None:
    request = {"ask": "run", "argv": ["printf", "%s|", "a b", "c'd"], "wait_s": 5}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", BOOT],
        input=packed(request),
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )
    answer = understood(0, b"hello from .bashrc\n" + done.stdout, b"", 5)
    assert answer.ok and answer.data["out"] == "a b|c'd|"
    # What goes through a shell has nothing in it that any shell looks at.
    assert not set('$`\\!"\n') & set(BOOT)


@pytest.mark.parametrize(
    ("code", "out", "err", "outcome", "says"),
    [
        (None, b"", b"", "slow", "did not answer within 5 s"),
        (
            255,
            b"",
            b"ssh: Could not resolve hostname x: Name",
            "away",
            "a name that cannot be resolved",
        ),
        (255, b"", b"Host key verification failed.", "away", "is not known to ssh yet"),
        (255, b"", b"Connection closed", "away", "ended with 255: Connection closed"),
        (127, b"", b"sh: python3: not found", "failed", "sudo apt install python3"),
        (1, b"", b"", "failed", "ended with 1: no reason"),
        (0, b"AFTERIMAGE {half", b"", "failed", "that is not Afterimage's"),
        (0, b'AFTERIMAGE ["x"]', b"", "failed", "that is not Afterimage's"),
        (0, b'AFTERIMAGE {"error": "no"}', b"", "failed", "no"),
        (0, b'noise\nAFTERIMAGE {"error": ""}\n', b"", "ok", ""),
    ],
)
def test_what_came_back_is_understood(
    code: int | None, out: bytes, err: bytes, outcome: str, says: str
) -> None:
    answer = understood(code, out, err, 5)
    assert answer.outcome == outcome and says in answer.says


def test_what_a_machine_says_cannot_steer_the_terminal_or_forge_a_line(tmp_path: Path) -> None:
    said = {"error": "a\x1b[31mb\r\nworker2: ok\x07", "units": [{"unit": "\x1b]0;x\x07"}]}
    said["out"] = "one\n\x1b[1;31mtwo\x1b[0m\tthree\n"
    answer = understood(0, b"AFTERIMAGE " + json.dumps(said).encode(), b"", 5)
    assert answer.says == "ab\nworker2: ok?" and answer.data["units"] == [{"unit": "?]0;x?"}]
    assert answer.data["out"] == "one\ntwo     three\n"
    assert understood(1, b"", b"x\n\x1b[2Jlast", 5).says == "ended with 1: last"
    record = Record("test", tmp_path / "fleet.log")
    record.note(answer.says)
    assert (tmp_path / "fleet.log").read_text().endswith(" test: ab worker2: ok?\n")
    os.mkfifo(tmp_path / "fifo")
    Record("test", tmp_path / "fifo").note("nobody reads it")
