"""The faults by name: what each is, how it strikes and heals, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias

from bench.faults.invariants import Limits
from bench.faults.show import THREE, RecordedShow, WorkerSpec

Strike: TypeAlias = Callable[[RecordedShow], AbstractContextManager[None]]
Setting: TypeAlias = Callable[[RecordedShow], AbstractContextManager[object]]


@dataclass(frozen=True)
class Fault:
    """`strike` strikes on entering and heals on leaving; where the very moment is another, it calls
    show.struck() and show.healed()."""

    name: str
    words: str
    strike: Strike
    limits: Limits
    lasts_s: float = 1.0  # between strike and healing
    watch_s: float = 1.6  # after the healing
    specs: Sequence[WorkerSpec] = THREE
    flags: Sequence[str] = ()  # more of app.py's
    soak: bool = False  # quick, heals, and harms nothing but the show
    needs: Callable[[], str | None] = lambda: None  # why it cannot be done on this machine
    shares: bool = False  # leaves nothing behind: the next fault may have the same show
    # What must be there before the show is entered and as long as it: show.beside while it plays.
    setting: Setting = lambda _: nullcontext()


TABLE: dict[str, Fault] = {}

Generator: TypeAlias = Callable[[RecordedShow], Iterator[None]]


def fault(name: str, words: str, limits: Limits, **how: Any) -> Callable[[Generator], Strike]:
    """Puts a strike into the table, written as a context manager's generator; `how` is the rest of
    its row."""

    def put(strike: Generator) -> Strike:
        assert name not in TABLE, f"two faults are called {name}"
        made = contextmanager(strike)
        TABLE[name] = Fault(name, words, made, limits, **how)
        return made

    return put
