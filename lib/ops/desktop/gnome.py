"""Reads, writes and restores GNOME's settings by gsettings."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Sequence

TOOL_S = 10.0


class GnomeError(RuntimeError):
    """gsettings failed; the text is the reason."""


def available() -> bool:
    return shutil.which("gsettings") is not None


def ask(*words: str) -> str:
    try:
        done = subprocess.run(
            ["gsettings", *words], capture_output=True, text=True, timeout=TOOL_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GnomeError(f"gsettings does not answer: {error}") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise GnomeError(f"gsettings {words[0]}: {lines[-1]}")
    return done.stdout.strip()


def get(schema: str, key: str) -> str:
    return ask("get", schema, key)


def put(schema: str, key: str, value: str) -> None:
    ask("set", schema, key, value)


def find(schema: str, key: str) -> str:
    """The value of a key, empty if there is none: the keys differ from desktop to desktop."""
    try:
        return get(schema, key)
    except GnomeError:
        return ""


def has(schema: str, key: str) -> bool:
    return find(schema, key) != ""


def text(value: str) -> str:
    """A text as gsettings reads it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def untext(value: str) -> str:
    found = ast.literal_eval(value) if re.fullmatch(r"'.*'|\".*\"", value, re.S) else value
    return str(found)


def texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(map(text, values)) + "]" if values else "@as []"


def untexts(value: str) -> list[str]:
    try:
        found = ast.literal_eval(re.sub(r"^@as\s*", "", value))
    except (ValueError, SyntaxError) as error:
        raise GnomeError(f"gsettings said something that is no list: {value[:60]}") from error
    return [str(one) for one in found]
