"""Judges what is prepared next, so that frames become fast soon and stay even meanwhile.

A shape of batch goes through up to three forms. Its first frames are made by the plain functions.
Next its graph is captured, plain as it is. Its functions are compiled only once the
shape has been on show for a while, since a compilation takes minutes: in a child process. What
that has made is loaded here, and captured again. All shapes with the same key share it.

Nothing here reads a clock or knows torch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)

SETTLE_NS = 2_000_000_000  # on show for so long, a shape is worth a compilation
STALE_NS = 1_000_000_000  # not asked for during so much of what is asked for, it is not on show
RETRY_NS = 60_000_000_000  # after a failure; the wait doubles with each further one
LONGEST_RETRY_NS = 32 * RETRY_NS


class Form(IntEnum):
    """How a shape's frames are made."""

    PLAIN = 0
    CAPTURED = 1
    COMPILED = 2


class PreparationTask(Enum):
    """What brings a shape to its next form."""

    CAPTURE = "captured"
    WARM = "compiled in the child process"
    COMPILE = "compiled"


@dataclass
class _Asked:
    first_ns: int
    last_ns: int
    turn: int  # of all that was asked for; the highest is the newest
    settled: bool
    played_ns: int | None = None  # when the first frame of it came, if one did


@dataclass
class _Retry:
    at_ns: int
    wait_ns: int


class Preparations(Generic[S]):
    """Shapes and their forms. Called under the lock of whoever owns it."""

    def __init__(
        self,
        key: Callable[[S], Hashable],
        *,
        captures: bool,
        compiles: bool,
        warms: bool,
        settle_ns: int = SETTLE_NS,
    ) -> None:
        self._key = key
        self._captures, self._compiles, self._warms = captures, compiles, warms
        self._settle_ns = settle_ns
        self._goal = Form.COMPILED if compiles else Form.CAPTURED if captures else Form.PLAIN
        self._asked: dict[S, _Asked] = {}
        self._forms: dict[S, Form] = {}
        self._warm: set[Hashable] = set()  # keys whose compilation is in the cache, or done
        self._retries: dict[tuple[PreparationTask, Hashable], _Retry] = {}
        self._turn = 0
        self.warming: S | None = None  # what the child process compiles for now
        self.captures_only = False  # for as long as somebody waits for graphs

    # --- what frames ask for

    def ask(
        self, shape: S, now_ns: int, beside: Sequence[S] = (), *, settled: bool = False
    ) -> bool:
        """A frame has this shape; `beside` are others that go with it. True if one is new."""
        new = False
        newest_ns = max((at.last_ns for at in self._asked.values()), default=now_ns)
        for one in (*reversed(beside), shape):
            self._turn += 1
            known = self._asked.get(one)
            if known is None or self._is_stale(known, newest_ns):
                self._asked[one] = _Asked(now_ns, now_ns, self._turn, settled)
                new = True
            else:
                known.last_ns, known.turn = now_ns, self._turn
                new = new or (settled and not known.settled)
                known.settled = known.settled or settled
        asked = self._asked[shape]
        if asked.played_ns is None and not self.captures_only and not settled:
            asked.played_ns, new = now_ns, True
        if new:
            kept = {one: at for one, at in self._asked.items() if not self._is_stale(at, now_ns)}
            self._asked = kept
        return new

    # --- what is to be done

    def next(self, now_ns: int) -> tuple[PreparationTask, S] | None:
        """The newest shape comes first: it is the one on show."""
        wanting = [
            shape
            for shape in self._on_show()
            if self.form(shape) < self._goal
            and not self._rests(PreparationTask.CAPTURE, shape, now_ns)
        ]
        for shape in wanting:
            if self.form(shape) is Form.PLAIN:
                if self._is_quick(shape, now_ns):
                    return PreparationTask.COMPILE, shape
                if self._captures:
                    return PreparationTask.CAPTURE, shape
        if self._captures and self.captures_only:
            return None
        for shape in wanting:
            if self._is_quick(shape, now_ns):
                return PreparationTask.COMPILE, shape
        for shape in wanting:
            if self._is_worth_compiling(shape, now_ns):
                return (PreparationTask.WARM if self._warms else PreparationTask.COMPILE), shape
        return None

    def due_ns(self, now_ns: int) -> int | None:
        """When time alone may bring something to do; None if only an event can."""
        times = [at.first_ns + self._settle_ns for at in self._asked.values()]
        times += [at.played_ns + self._settle_ns for at in self._asked.values() if at.played_ns]
        times += [retry.at_ns for retry in self._retries.values()]
        return min((at_ns for at_ns in times if at_ns > now_ns), default=None)

    def is_abandoned(self) -> bool:
        """Whether no shape on show would use what the child process compiles now."""
        if self.warming is None:
            return False
        key = self._key(self.warming)
        return all(self._key(shape) != key for shape in self._on_show())

    # --- what became of it

    def done(self, task: PreparationTask, shape: S) -> None:
        if task is PreparationTask.CAPTURE:
            self._forms[shape] = Form.CAPTURED
        else:
            self._warm.add(self._key(shape))
        if task is PreparationTask.COMPILE:
            self._forms[shape] = Form.COMPILED
        self._retries.pop(self._of(task, shape), None)

    def failed(self, task: PreparationTask, shape: S, now_ns: int) -> float:
        """After how many seconds it is tried again."""
        before = self._retries.get(self._of(task, shape))
        wait_ns = min(2 * before.wait_ns, LONGEST_RETRY_NS) if before else RETRY_NS
        self._retries[self._of(task, shape)] = _Retry(now_ns + wait_ns, wait_ns)
        return wait_ns / 1e9

    def forget(self, shape: S) -> None:
        """Its buffers are gone."""
        self._forms.pop(shape, None)

    def forget_compiled(self, key: Hashable) -> None:
        """What was compiled for it is gone; graphs that were captured over it stay."""
        self._warm.discard(key)

    def clear(self) -> None:
        """All buffers are gone; what was compiled, and what failed, is still known."""
        self._forms.clear()
        self._asked.clear()

    # --- how far it is

    def form(self, shape: S) -> Form:
        return self._forms.get(shape, Form.PLAIN)

    def is_final(self, shape: S, now_ns: int) -> bool:
        """Whether it is as fast as it gets, or as it gets for now."""
        return (
            self.form(shape) >= self._goal
            or self._rests(PreparationTask.CAPTURE, shape, now_ns)
            or self._rests(PreparationTask.COMPILE, shape, now_ns)
        )

    def is_usable(self, shape: S, now_ns: int) -> bool:
        """Whether it has got what needs no compiler: a graph, where there are graphs."""
        is_captured = self.form(shape) > Form.PLAIN
        return not self._captures or is_captured or self.is_final(shape, now_ns)

    def played(self, now_ns: int) -> S | None:
        """What the show plays, if it has played it for a while."""
        for shape in self._on_show():
            asked = self._asked[shape]
            if asked.played_ns is None or now_ns - asked.played_ns < self._settle_ns:
                continue
            if asked.last_ns - asked.played_ns >= self._settle_ns // 2:  # and not the first alone
                return shape
        return None

    def _on_show(self) -> list[S]:
        """Newest first, without those that were asked for no more while others were."""
        newest_ns = max((at.last_ns for at in self._asked.values()), default=0)
        current = [item for item in self._asked.items() if not self._is_stale(item[1], newest_ns)]
        return [shape for shape, _ in sorted(current, key=lambda item: -item[1].turn)]

    def _is_stale(self, asked: _Asked, newest_ns: int) -> bool:
        return newest_ns - asked.last_ns > STALE_NS

    def _is_quick(self, shape: S, now_ns: int) -> bool:
        """Whether compiling takes seconds, because the cache is warm."""
        rests = self._rests(PreparationTask.COMPILE, shape, now_ns)
        return self._compiles and self._key(shape) in self._warm and not rests

    def _is_worth_compiling(self, shape: S, now_ns: int) -> bool:
        asked = self._asked[shape]
        settled = asked.settled or now_ns - asked.first_ns >= self._settle_ns
        rests = self._rests(PreparationTask.COMPILE, shape, now_ns)
        return self._compiles and settled and self.warming is None and not rests

    def _rests(self, task: PreparationTask, shape: S, now_ns: int) -> bool:
        retry = self._retries.get(self._of(task, shape))
        return retry is not None and now_ns < retry.at_ns

    def _of(self, task: PreparationTask, shape: S) -> tuple[PreparationTask, Hashable]:
        """A capture fails for a shape; a compilation, wherever it runs, for all with its key."""
        if task is PreparationTask.CAPTURE:
            return task, shape
        return PreparationTask.COMPILE, self._key(shape)
