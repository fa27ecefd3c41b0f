"""Every command in the documents could be typed: script, module, flags and units are there.

Which of them are run by a test and which were run by hand is a table in docs/develop.md.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lib.config.settings import ROOT, FleetSettings, PrimarySettings, WorkerSettings
from lib.ops.__main__ import main as fleet_main
from tests.docs.pages import EVERY, FOR_TECHNICIANS, blocks, commands, flags, spans, text_of

SETTINGS = {f"--{name}" for kind in (PrimarySettings, WorkerSettings) for name in kind.model_fields}
PROGRAMS = {
    "app.py": {f"--{name}" for name in PrimarySettings.model_fields} | {"--doctor", "--json"},
    "transform.py": {f"--{name}" for name in WorkerSettings.model_fields} | {"--role"},
    "run.sh": SETTINGS | {"--check", "--help"},
    "test.sh": {"--quick", "--help"},
}
# Written in capitals and no setting: what a reader puts in its place, and variables of others.
NO_SETTING = {
    *("PRIMARY", "ADDRESS", "WORKER", "HOST", "GET", "PATCH", "CONFLATE", "MJPG", "AUTO"),
    *("XDG_CACHE_HOME", "HF_HOME", "AFTERIMAGE_INSTANCE", "ENV_FILE", "USER", "NOTIFY_SOCKET"),
}


@cache
def said_by(word: str) -> str:
    """What a script of automation/ says to --help, by the Python behind it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        fleet_main([*word.split(), "--help"])
    return out.getvalue()


def trouble(words: list[str]) -> str:
    """Why this could not be typed, for programs of ours."""
    program, rest = words[0], words[1:]
    if re.fullmatch(r"(\.venv/bin/)?python3?", program) and rest:
        if rest[0] == "-m":
            return trouble_of_module(rest[1], flags(rest[1:]))
        program, rest = rest[0], rest[1:]
    name = Path(program).name
    if name in PROGRAMS:
        unknown = set(flags([name, *rest])) - PROGRAMS[name]
        return f"no such flag: {unknown}" if unknown else ""
    if program.startswith(("automation/", "./", "../")) or name.endswith((".sh", ".py")):
        return trouble_of_script(ROOT / program, flags([name, *rest]))
    return ""


def trouble_of_script(path: Path, asked: list[str]) -> str:
    if not path.is_file():
        return "no such script"
    if path.suffix == ".sh" and not path.stat().st_mode & 0o100:
        return "it cannot be run"
    text = path.read_text("utf-8")
    called = re.search(r"^call ([a-z ]+?) \"\$@\"", text, re.M)
    known = said_by(called[1]) if called else text
    unknown = [flag for flag in asked if not re.search(rf"{flag}\b", known)]
    return f"no such flag: {unknown}" if unknown else ""


def trouble_of_module(module: str, asked: list[str]) -> str:
    if module in ("venv", "pip", "pytest"):
        return ""
    found = importlib.util.find_spec(module)
    if found is None or found.origin is None:
        return "no such module"
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        origin = origin.with_name("__main__.py")
    text = origin.read_text("utf-8")
    if "import Parts, measure" in text:  # the flags of all benchmarks of that kind
        text += (ROOT / "bench" / "report.py").read_text("utf-8")
    unknown = [flag for flag in asked if not has(text, flag) and flag not in SETTINGS]
    return f"no such flag: {unknown}" if unknown else ""


def has(text: str, flag: str) -> bool:
    """Added to a parser, or named with its usual value where the parser is made."""
    made = rf"\b(?:command|flags)\([^()]*\b{flag[2:]}="
    return f'"{flag}"' in text or bool(re.search(made, text))


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.name)
def test_what_is_to_be_typed_is_there(page: Path) -> None:
    found = {" ".join(words): trouble(words) for words in commands(page) if words}
    assert not {line: why for line, why in found.items() if why}


def test_a_wrong_command_is_found() -> None:
    for line in (
        "python app.py --no_such_flag",
        "automation/no-such.sh",
        "automation/fleet.sh status --no-such-flag",
        "automation/make-token.sh --old",
        "python -m bench.no_such",
        "python -m bench.site --minutes 3",
        "python -m bench.chaos --minutes 3",
        ".venv/bin/python -m lib.ops.units --nobody",
    ):
        assert trouble(line.split()), line


def test_shellcheck_finds_nothing_in_the_blocks(tmp_path: Path) -> None:
    files = []
    for page in EVERY:
        for number, block in enumerate(blocks(page)):
            path = tmp_path / f"{page.stem}-{number}.sh"
            path.write_text(f"#!/usr/bin/env bash\n{block}")
            files.append(str(path))
    assert len(files) > 20
    # Lines for a person to type: who types a cd sees whether it went well.
    shellcheck = [str(Path(sys.executable).with_name("shellcheck")), "--exclude=SC2164"]
    done = subprocess.run([*shellcheck, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.name)
def test_units_that_are_named_are_there(page: Path) -> None:
    shipped = {path.name for path in (ROOT / "systemd").iterdir()}
    text = text_of(page)
    for name in re.findall(r"\bafterimage[a-z-]*@?\d*\.(?:service|target)\b", text):
        assert re.sub(r"@\d+", "@", name) in shipped, name
    for name in re.findall(r"-u '?(afterimage[a-z@*-]*)", text):
        stem = name.replace("*", "")
        assert any(one.startswith(stem) for one in shipped), name


@pytest.mark.parametrize("page", FOR_TECHNICIANS, ids=lambda page: page.name)
def test_settings_that_are_named_are_there(page: Path) -> None:
    known = {name.upper() for kind in (PrimarySettings, WorkerSettings, FleetSettings) for name in kind.model_fields}
    for span in spans(page):
        match = re.fullmatch(r"([A-Z][A-Z_]{2,})(=\S*)?", span)
        assert not match or match[1] in known | NO_SETTING, span


def slug(heading: str) -> str:
    """As GitHub makes anchors of headings."""
    text = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name) if name else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text_of(path.resolve()), re.M)
            assert anchor in {slug(one) for one in headings}, target


# --- which of them were run, and how


def rows() -> dict[str, str]:
    """Beginning of a command -> who runs it, from the table in develop.md."""
    text = text_of(ROOT / "docs" / "develop.md").partition("## Commands in the documents")[2]
    return {
        command: by
        for cell, by in re.findall(r"^\| (`.+?`) \| (.+?) \|$", text, re.M)
        for command in re.findall(r"`([^`]+)`", cell)
    }


def row_for(line: str) -> str | None:
    fits = [start for start in rows() if line == start or line.startswith(f"{start} ")]
    return max(fits, key=len, default=None)


def test_of_each_command_it_is_said_who_ran_it() -> None:
    typed = {" ".join(words) for page in FOR_TECHNICIANS for words in commands(page) if words}
    assert not sorted(line for line in typed if row_for(line) is None)
    used = {row_for(line) for line in typed}
    assert not sorted(set(rows()) - used), "rows of commands that stand nowhere"


def test_the_tests_that_are_named_are_there() -> None:
    assert len(rows()) > 20
    for command, by in rows().items():
        named = re.findall(r"tests/[\w/]+(?:\.py)?", by)
        assert named or re.match(r"by hand|not run here", by), command
        for one in named:
            assert (ROOT / one).exists(), f"{command}: {one}"
