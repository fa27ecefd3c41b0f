"""The one way in for every door: what is asked is checked, played, written down and told."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from lib.config.params import Played
from lib.config.settings import Primary
from lib.control.history import History
from lib.control.journal import By, Entry, Journal, as_asked
from lib.control.params_table import BY_FIELD, CONTROLS, Control, RefusedError, Value, shown
from lib.control.sync import Sync
from lib.wire.messages import Change

__all__ = ["By", "Desk", "Entry", "Verdict", "Words"]

WORDED = ("prompt", "prompt2")  # what is checked and translated before it is used
LONGEST_GLIDE_MS = 600_000

log = logging.getLogger(__name__)


class Verdict(Protocol):
    """What came of a text that was looked at."""

    @property
    def text(self) -> str: ...
    @property
    def safe(self) -> bool: ...
    @property
    def why(self) -> str: ...
    @property
    def translated(self) -> bool | None: ...


class Words(Protocol):
    """Looks at texts before they are used. May take seconds."""

    def check(self, text: str, override: bool = False) -> Verdict: ...


class _Asked(NamedTuple):
    """A request on its way through the desk."""

    by: By
    action: str
    ticket: int  # the higher, the later it was asked
    glide_ms: int | None = None


class Desk:
    """Any thread may play. Entries are told in the order of their numbers."""

    def __init__(self, sync: Sync, settings: Primary, words: Words | None = None) -> None:
        self._board = sync.board
        self._words = words
        self._settings = settings
        # Also while listeners are told, which is why one may ask the desk but must not wait.
        self._lock = threading.RLock()
        self._journal = Journal()
        self._history = History()
        self._told: list[Callable[[Entry], None]] = []
        self._tickets = 0
        self._latest: dict[str, int] = {}  # ticket of the accepted text, by field
        sync.adopt = self._adopt

    @property
    def played(self) -> Played:
        return self._board.played

    @property
    def number(self) -> int:
        return self._board.number

    @property
    def entries(self) -> Sequence[Entry]:
        """The latest, oldest first."""
        return self._journal.entries

    @property
    def warnings(self) -> list[str]:
        """What whoever is responsible should know, in plain words."""
        return []

    def listen(self, told: Callable[[Entry], None]) -> Callable[[], None]:
        """`told` gets each entry, on the thread that caused it, and must hand it on at once."""
        with self._lock:
            self._told = [*self._told, told]

        def unlisten() -> None:
            with self._lock:
                self._told = [one for one in self._told if one is not told]

        return unlisten

    def play(
        self,
        change: Mapping[str, object],
        by: By,
        *,
        glide_ms: int | None = None,
        override: bool = False,
        action: str = "change",
    ) -> Entry:
        """All of it or, with a RefusedError, nothing. Waits only where words are looked at."""
        asked = _Asked(by, action, self._ticket(), glide_ms)
        try:
            fields = _fields(change)
            _check_glide(glide_ms)
            fields, remark = self._worded(fields, override)
        except RefusedError as refusal:
            self.note(by, action, change=as_asked(change), refused=str(refusal))
            raise
        return self._apply(fields, asked, remark)

    def undo(self, by: By) -> Entry:
        """Take back the last change that still stands, whoever made it."""
        with self._lock:
            change = self._history.undo(self._board.played.model_dump())
            return self._step(change, by, "undo", "there is nothing to take back")

    def redo(self, by: By) -> Entry:
        with self._lock:
            change = self._history.redo()
            return self._step(change, by, "redo", "there is nothing to put back")

    def note(
        self,
        by: By,
        action: str,
        *,
        change: Mapping[str, Value] | None = None,
        refused: str = "",
    ) -> Entry:
        """Write down and tell what changed nothing of what is played."""
        with self._lock:
            entry = Entry(
                self.number, time.time(), *by, action, dict(change or {}), refused=refused
            )
            self._tell(entry)
        return entry

    def _ticket(self) -> int:
        with self._lock:
            self._tickets += 1
            return self._tickets

    def _step(self, change: dict[str, Value], by: By, action: str, nothing: str) -> Entry:
        if not change:
            self.note(by, action, refused=nothing)
            raise RefusedError(nothing)
        return self._apply(change, _Asked(by, action, self._ticket()))

    def _worded(self, fields: dict[str, Value], override: bool) -> tuple[dict[str, Value], str]:
        """The change as it may be played, and a remark about its words."""
        words, remark = self._words, ""
        for name in WORDED if words else ():
            text = fields.get(name)
            # An empty text says nothing, and what is played already was looked at before.
            if not words or not text or text == getattr(self.played, name):
                continue
            verdict = words.check(str(text), override)
            if not verdict.safe:
                raise RefusedError(verdict.why or f"{name} was refused")
            fields = {**fields, name: BY_FIELD[name].check(verdict.text)}
            if verdict.translated is False:
                remark = f"not translated: {verdict.why}" if verdict.why else "not translated"
        return fields, remark

    def _apply(self, fields: dict[str, Value], asked: _Asked, remark: str = "") -> Entry:
        by, action = asked.by, asked.action
        with self._lock:
            try:
                self._stand_in_line(fields, asked.ticket)
                moved = self._board.change(fields, asked.glide_ms)
            except RefusedError as refusal:
                self.note(by, action, change=as_asked(fields), refused=str(refusal))
                raise
            change = {name: getattr(moved.after, name) for name in fields}
            before = {name: getattr(moved.before, name) for name in fields}
            entry = Entry(moved.number, time.time(), *by, action, change, before, remark=remark)
            self._tell(entry)
        return entry

    def _stand_in_line(self, fields: Mapping[str, Value], ticket: int) -> None:
        """A text that was looked at for long does not replace one that was asked for later."""
        worded = [name for name in WORDED if name in fields]
        for name in worded:
            if self._latest.get(name, 0) > ticket:
                raise RefusedError(f"a newer {name} came while this one was looked at")
        self._latest |= dict.fromkeys(worded, ticket)

    def _adopt(self, known: Change) -> bool:
        """What somebody else knows to be newer is told like any other change."""
        with self._lock:
            moved = self._board.adopt(known)
            if moved is None:
                return False
            before, after = moved.before.model_dump(), moved.after.model_dump()
            changed = [name for name, value in after.items() if before[name] != value]
            self._tell(
                Entry(
                    moved.number,
                    time.time(),
                    "stream",
                    "",
                    "taken over",
                    {name: after[name] for name in changed},
                    {name: before[name] for name in changed},
                )
            )
        return True

    def _tell(self, entry: Entry) -> None:
        self._journal.add(entry)
        self._history.note(entry)
        for told in self._told:
            try:
                told(entry)
            except Exception:  # whatever a page does wrong, the wall has changed
                log.exception("a listener failed")


def _fields(change: Mapping[str, object]) -> dict[str, Value]:
    """The change by field, each value allowed by itself."""
    if not change:
        raise RefusedError("name at least one control to change")
    fields: dict[str, Value] = {}
    for name, value in change.items():
        control = _control(name)
        if control.field in fields:
            raise RefusedError(f"{control.name} is there twice")
        text = isinstance(value, str)
        fields[control.field] = control.parse(str(value)) if text else control.check(value)
    return fields


def _control(name: str) -> Control:
    control = CONTROLS.get(name) or BY_FIELD.get(name)
    if control is None:
        raise RefusedError(f"there is no control '{shown(name)}'")
    return control


def _check_glide(glide_ms: int | None) -> None:
    if glide_ms is not None and not 0 <= glide_ms <= LONGEST_GLIDE_MS:
        raise RefusedError(f"a glide takes 0 to {LONGEST_GLIDE_MS} ms")
