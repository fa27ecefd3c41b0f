"""Reads and changes a file of settings line by line, and leaves all other lines as they are."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
PLAIN = re.compile(r"[A-Za-z0-9_./:@,+=%-]*")


class EnvError(ValueError):
    """A value that cannot be written; the text is the reason."""


def values(text: str) -> dict[str, str]:
    """The settings; of several lines with one name the last counts, as for the programs."""
    found = {}
    for line in _lines(text):
        match = LINE.fullmatch(line)
        if match:
            found[match[1].upper()] = unquoted(match[2])
    return found


def unquoted(text: str) -> str:
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        while text[0] == '"' and end > 0 and text[end - 1] == "\\":
            end = text.find('"', end + 1)
        if end > 0:
            inner = text[1:end]
            return re.sub(r"\\([\\\"'])", r"\1", inner)
    return re.sub(r"(^|\s+)#.*$", "", text)


def quoted(name: str, text: str) -> str:
    """A line that our programs, systemd and a shell all read as the same value."""
    if re.search(r"[\x00-\x1f\x7f]", text) or "${" in text:
        raise EnvError(f"{name} has a character that no settings file can keep")
    if PLAIN.fullmatch(text):
        return text
    if not re.search(r"['\\]", text):
        return f"'{text}'"
    if not re.search(r"[$`\\]", text):
        return '"' + text.replace('"', '\\"') + '"'
    raise EnvError(f"{name} has quotes and backslashes that programs would read differently")


def changed(text: str, new: Mapping[str, str]) -> str:
    """The file's text with these values: in their old place, or at the end."""
    left = dict(new)
    lines = []
    for line in _lines(text):
        match = LINE.fullmatch(line)
        name = match[1].upper() if match else ""
        if name not in new:
            lines.append(line)
        elif name in left:
            value = left.pop(name)
            same = match is not None and unquoted(match[2]) == value
            lines.append(line if same else f"{name}={quoted(name, value)}")
    lines += [f"{name}={quoted(name, value)}" for name, value in left.items()]
    return "\n".join(lines) + "\n" if lines else ""


def _lines(text: str) -> list[str]:
    """Lines as programs see them: Python's splitlines also splits at rarer characters."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def difference(old: str, new: str) -> list[str]:
    """The names whose values differ."""
    before, after = values(old), values(new)
    return sorted(name for name in after if before.get(name, "") != after[name])


def write(path: Path, text: str) -> None:
    """Replace a file so that even a power cut leaves the old or the new one, readable by its owner
    only."""
    path = path.resolve()
    number, name = tempfile.mkstemp(prefix=path.name + ".", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            owner = path.stat()
            if (owner.st_uid, owner.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(name, owner.st_uid, owner.st_gid)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
