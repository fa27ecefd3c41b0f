"""The faults by name: what each is, how it strikes and heals, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeAlias

from bench.faults.checker import Limits
from bench.faults.stage import THREE, Cast, Stage

Strike: TypeAlias = Callable[[Stage], AbstractContextManager[None]]


def bare(_: Stage) -> AbstractContextManager[None]:
    """A stage without anything around it."""
    return nullcontext()


@dataclass(frozen=True)
class Fault:
    """`strike` strikes on entering and heals on leaving; where the very moment is another, it calls
    stage.struck() and stage.healed()."""

    name: str
    words: str
    strike: Strike
    limits: Limits
    lasts_s: float  # between strike and healing
    watch_s: float  # after the healing
    casts: Sequence[Cast] = THREE
    flags: Sequence[str] = ()  # more of app.py's
    soak: bool = False  # quick, heals, and harms nothing but the show
    needs: Callable[[], str] = lambda: ""  # why it can not be done on this machine; empty: it can
    shares: bool = False  # leaves nothing behind: the next fault may have the same stage
    setting: Strike = bare  # what must be there before the stage is entered, and as long as it


TABLE: dict[str, Fault] = {}


def fault(  # noqa: PLR0913 - a row of the table
    name: str,
    words: str,
    limits: Limits,
    *,
    lasts_s: float = 1.0,
    watch_s: float = 1.6,
    casts: Sequence[Cast] = THREE,
    flags: Sequence[str] = (),
    soak: bool = False,
    needs: Callable[[], str] = lambda: "",
    shares: bool = False,
    setting: Strike = bare,
) -> Callable[[Callable[[Stage], Iterator[None]]], Strike]:
    """Puts a strike into the table, written as a context manager's generator."""

    def put(strike: Callable[[Stage], Iterator[None]]) -> Strike:
        made = contextmanager(strike)
        assert name not in TABLE, f"two faults are called {name}"
        TABLE[name] = Fault(
            name=name,
            words=words,
            strike=made,
            limits=limits,
            lasts_s=lasts_s,
            watch_s=watch_s,
            casts=casts,
            flags=flags,
            soak=soak,
            needs=needs,
            shares=shares,
            setting=setting,
        )
        return made

    return put
