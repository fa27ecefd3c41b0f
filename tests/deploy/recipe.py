"""The Dockerfile as far as it can be followed without an engine: its stages, what they copy from
here, and what they set."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lib.config.settings import ROOT


@dataclass
class Stage:
    """One FROM and what follows it; what it inherits from a stage before is in here, too."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)  # as they are written
    env: dict[str, str] = field(default_factory=dict)
    copies: list[tuple[list[str], str]] = field(default_factory=list)  # from here, not from a stage
    last: dict[str, str] = field(default_factory=dict)  # USER, CMD and so on: the latest counts

    def words(self, key: str) -> list[str]:
        """The exec form of ENTRYPOINT, CMD or HEALTHCHECK."""
        words: list[str] = json.loads(self.last[key].partition("CMD ")[2] or self.last[key])
        return words


@cache
def stages() -> dict[str, Stage]:
    found: dict[str, Stage] = {}
    for key, rest in _instructions((ROOT / "Dockerfile").read_text("utf-8")):
        if key == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", rest).groups()  # type: ignore[union-attr]
            before = found.get(base)
            stage = Stage(name, base)
            if before:
                stage.env, stage.copies = dict(before.env), list(before.copies)
                stage.last = dict(before.last)
            found[name] = stage
            continue
        stage.steps.append((key, rest))
        if key == "ENV":
            stage.env |= dict(one.split("=", 1) for one in shlex.split(rest))
        elif key == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            stage.copies.append((sources, target))
        elif key in ("USER", "CMD", "ENTRYPOINT", "HEALTHCHECK", "STOPSIGNAL", "EXPOSE", "VOLUME"):
            stage.last[key] = rest
    return found


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        key, rest = line.split(None, 1)
        yield key, rest


# --- what reaches a build


def is_sent(path: str) -> bool:
    """Whether .dockerignore lets this file into a build; the last line that fits counts."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            wanted = line.startswith("!")
            if _fits(line.removeprefix("!"), path):
                sent = wanted
    return sent


def _fits(pattern: str, path: str) -> bool:
    """A pattern that fits a folder fits all in it."""
    parts = {"**/": "(?:.*/)?", "*": "[^/]*"}
    regex = "".join(parts.get(one) or re.escape(one) for one in re.split(r"(\*\*/|\*)", pattern))
    return re.fullmatch(f"{regex}(?:/.*)?", path) is not None


@cache
def contents(name: str) -> dict[str, Path]:
    """What the stage copies from here: each name as it is in the image, and the file it is here."""
    found: dict[str, Path] = {}
    for sources, target in stages()[name].copies:
        for source in sources:
            path = ROOT / source
            for file in sorted(path.rglob("*") if path.is_dir() else [path]):
                if "__pycache__" not in file.parts and file.is_file():
                    inside = file.relative_to(path if path.is_dir() else path.parent)
                    if is_sent(file.relative_to(ROOT).as_posix()):
                        found[(Path(target) / inside).as_posix()] = file
    return found


def lay_out(name: str, app: Path) -> None:
    """The same as files, where WORKDIR would be."""
    for inside, file in contents(name).items():
        goal = app / inside
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, goal)
