"""Copies of the results of the protocol sde: JSON lines in files as the original names them.

Each result is added to one file and is on the disk before the next. All files together become one
at the start, at the end and when that one has grown long; whatever else lies in the folder is left
alone. Which results the ledger once had is in a file beside them, so that what it has forgotten
goes here, too, and what somebody put here stays.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lib.files import append_regular, create_fresh, open_regular, read_text
from lib.stills.ledger.files import sync_folder

log = logging.getLogger(__name__)
ENDING = "-sde-server-flush.json"
CURRENT = f"current{ENDING}"  # what is added to
OURS = "of-this-ledger.txt"
CREATED = "created_time"  # of a result; also in the request that the ledger keeps, if it came later
PARTIAL = ".partial"
LONG = 64_000_000  # bytes of the file that is added to
LONGEST_LINE = 256_000_000  # of one result; also of a file that is one list


@dataclass(frozen=True, slots=True)
class OwnResult:
    """One that the ledger has."""

    uuid: str
    prompt: str
    created: str  # naive, local, as the protocol has it
    errors: tuple[str, ...]
    job: str
    data: str | None = None  # base64 of its PNG

    def with_data(self, data: str) -> OwnResult:
        return replace(self, data=data)


class ForeignResult(NamedTuple):
    """One that only a file has, and where."""

    uuid: str
    created: str
    path: Path
    start: int
    length: int


def result_line(one: OwnResult) -> bytes:
    facts = {"uuid": one.uuid, "prompt": one.prompt, "data": one.data,
             "created_time": one.created, "errors": list(one.errors)}  # fmt: skip
    return json.dumps(facts).encode()


class BackupFolder:
    """Used on one thread that may wait for the disk; `foreign` is only ever replaced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own: set[str] = set()  # uuids of the ledger's results that are in the files
        self.foreign: dict[str, ForeignResult] = {}
        self._ours = folder / OURS

    @property
    def is_long(self) -> bool:
        try:
            return (self.folder / CURRENT).stat().st_size > LONG
        except OSError:
            return False

    def append(self, one: OwnResult, incarnation: str) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, line in (
            (OURS, f"{incarnation} {one.uuid}".encode()), (CURRENT, result_line(one)),
        ):  # fmt: skip
            with append_regular(self.folder / name, 0o600) as file:
                size = file.seek(0, os.SEEK_END)
                if size:  # a line that was torn ends here
                    file.seek(size - 1)
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        self.own.add(one.uuid)

    def consolidate(self, incarnation: str, kept: Collection[str]) -> None:
        """All files become one, without what the ledger had and has no longer; `kept`: the uuids
        that it has."""
        files = result_files(self.folder)
        if not files:
            self.own, self.foreign = set(), {}
            return
        ours = self._once_ours(incarnation)
        name = time.strftime("%Y-%m-%d-%H-%M-%S") + ENDING
        partial = self.folder / (name + PARTIAL)
        own, foreign = set[str](), dict[str, ForeignResult]()
        with create_fresh(partial, 0o600) as out:
            for result in results_in(files):
                key = str(result["uuid"])
                if key in own or key in foreign or (key in ours and key not in kept):
                    continue
                line = json.dumps(result).encode()
                if key in kept:
                    own.add(key)
                else:
                    created = str(result["created_time"])
                    foreign[key] = ForeignResult(
                        key, created, self.folder / name, out.tell(), len(line)
                    )
                out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        partial.replace(self.folder / name)
        self.own, self.foreign = own, foreign
        for file in files:
            if file.name != name:
                file.unlink(missing_ok=True)
        self._note_ours(incarnation)
        sync_folder(self.folder)

    def read(self, uuid: str) -> bytes:
        """Empty where it is gone; its file may be another one by now."""
        one = self.foreign.get(uuid)
        if one is None:
            return b""
        with open_regular(one.path) as file:
            file.seek(one.start)
            return file.read(one.length)

    def _once_ours(self, incarnation: str) -> set[str]:
        try:
            lines = read_text(self._ours, LONGEST_LINE, errors="replace").splitlines()
        except OSError:
            return set()
        pairs = [line.split() for line in lines]
        return {pair[1] for pair in pairs if len(pair) == 2 and pair[0] == incarnation}

    def _note_ours(self, incarnation: str) -> None:
        partial = self._ours.with_suffix(PARTIAL)
        with create_fresh(partial, 0o600) as file:
            file.writelines(f"{incarnation} {one}\n".encode() for one in sorted(self.own))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._ours)


class NoBackups(BackupFolder):
    """Of an encrypted ledger: the copies would not be. The folder is left alone."""

    def append(self, one: OwnResult, incarnation: str) -> None:  # noqa: ARG002 - of a copy
        self.own.add(one.uuid)

    def consolidate(self, incarnation: str, kept: Collection[str]) -> None:  # noqa: ARG002 - too
        if result_files(self.folder) and not self.own:
            log.warning(
                "%s is not encrypted, so it is neither read nor written with LEDGER_KEY: `python "
                "-m lib.stills import` takes its results in, and then it can go",
                self.folder,
            )
        self.own = set(kept)


def result_files(folder: Path) -> list[Path]:
    """Those that are named as the original names them, the oldest first; none without a folder."""
    try:
        there = [path for path in folder.iterdir() if path.name.endswith(ENDING)]
    except FileNotFoundError:
        return []
    return sorted(path for path in there if path.is_file())


def results_in(files: list[Path]) -> Iterator[dict[str, object]]:
    for path in files:
        broken = 0
        try:
            with open_regular(path) as file:
                for value in _values(file):
                    if result := _as_result(value):
                        yield result
                    else:
                        broken += 1
        except OSError as error:
            log.warning("%s cannot be read: %s", path, error.strerror)
        if broken:
            log.warning("%d lines of %s are no results, or torn", broken, path)


def _values(file: BinaryIO) -> Iterator[object]:
    """Line by line; a file that is one list is read as a whole."""
    while line := file.readline(LONGEST_LINE):
        if line.lstrip().startswith(b"["):
            line += file.read(LONGEST_LINE)
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield None
            continue
        if isinstance(value, list):
            yield from value
        elif line.strip():
            yield value


def _as_result(value: object) -> dict[str, object] | None:
    if not isinstance(value, dict):
        return None
    texts = all(isinstance(value.get(name), str) for name in ("uuid", "prompt", "created_time"))
    if not texts or not isinstance(value.get("data"), str | None):
        return None
    names = ("uuid", "prompt", "data", "created_time")
    return {**{name: value.get(name) for name in names}, "errors": value.get("errors") or []}
