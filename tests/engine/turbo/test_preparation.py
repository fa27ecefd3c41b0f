"""The order in which shapes are prepared, over an evening that takes no time."""

from __future__ import annotations

from typing import NamedTuple

from lib.engine.turbo.preparation import (
    LONGEST_RETRY_NS,
    RETRY_NS,
    SETTLE_NS,
    STALE_NS,
    Form,
    Preparations,
    PreparationTask,
)

MS = 1_000_000
S = 1000 * MS


class Shape(NamedTuple):
    size: int
    steps: int = 1


def gpu(**changed: bool) -> Preparations[Shape]:
    how = {"captures": True, "compiles": True, "warms": True, **changed}
    return Preparations(lambda shape: shape.size, **how)


A, B, C = Shape(64), Shape(72), Shape(80)


def test_a_shape_is_captured_at_once_and_compiled_when_it_has_settled() -> None:
    shapes = gpu()
    assert shapes.ask(A, 0)
    assert shapes.next(0) == (PreparationTask.CAPTURE, A)
    shapes.done(PreparationTask.CAPTURE, A)
    assert shapes.form(A) is Form.CAPTURED
    assert shapes.is_usable(A, 0) and not shapes.is_final(A, 0)
    assert shapes.next(0) is None
    assert shapes.due_ns(0) == SETTLE_NS
    assert not shapes.ask(A, SETTLE_NS)
    assert shapes.next(SETTLE_NS) == (PreparationTask.WARM, A)
    shapes.warming = A
    assert shapes.next(SETTLE_NS) is None
    shapes.warming = None
    shapes.done(PreparationTask.WARM, A)
    assert shapes.next(SETTLE_NS) == (PreparationTask.COMPILE, A)
    shapes.done(PreparationTask.COMPILE, A)
    assert shapes.next(SETTLE_NS) is None and shapes.is_final(A, SETTLE_NS)


def test_what_is_waited_for_needs_not_settle() -> None:
    shapes = gpu()
    shapes.ask(A, 0, settled=True)
    shapes.done(PreparationTask.CAPTURE, A)
    assert shapes.next(0) == (PreparationTask.WARM, A)


def test_more_steps_of_a_compiled_size_are_compiled_at_once() -> None:
    """A glide of strength goes through 1, 2, 3 and 4 steps."""
    shapes = gpu()
    shapes.ask(A, 0)
    shapes.done(PreparationTask.WARM, A)
    for steps in (1, 2, 3, 4):
        more = Shape(64, steps)
        shapes.ask(more, steps * 100 * MS)
        assert shapes.next(steps * 100 * MS) == (PreparationTask.COMPILE, more)
        shapes.done(PreparationTask.COMPILE, more)


def test_a_size_that_is_dragged_is_compiled_where_it_stops() -> None:
    shapes = gpu()
    compiled, now_ns = [], 0
    for size in range(64, 144, 8):  # ten sizes, each for a third of a second
        for _ in range(10):
            now_ns += 33 * MS
            shapes.ask(Shape(size), now_ns)
            work = shapes.next(now_ns)
            if work is not None and work[0] is PreparationTask.CAPTURE:
                assert work[1] == Shape(size)  # nothing else is on show
                shapes.done(*work)
            elif work is not None:
                compiled.append(work[1])
    for _ in range(300):
        now_ns += 33 * MS
        shapes.ask(Shape(136), now_ns)
        work = shapes.next(now_ns)
        if work is not None:
            assert work[0] is not PreparationTask.CAPTURE
            shapes.done(*work)
            compiled.append(work[1])
    assert compiled == [Shape(136), Shape(136)]  # in the child process, then here


def test_a_compilation_of_what_nobody_shows_any_more_is_given_up() -> None:
    shapes = gpu()
    shapes.ask(A, 0, settled=True)
    shapes.done(PreparationTask.CAPTURE, A)
    shapes.warming = A
    shapes.ask(B, 0)
    shapes.ask(B, STALE_NS)
    assert not shapes.is_abandoned()
    shapes.ask(B, STALE_NS + 1)
    assert shapes.is_abandoned()
    shapes.warming = None
    assert shapes.next(2 * SETTLE_NS) == (PreparationTask.CAPTURE, B)


def test_the_same_size_with_more_steps_keeps_a_compilation() -> None:
    shapes = gpu()
    shapes.ask(A, 0)
    shapes.warming = A
    shapes.ask(Shape(64, 4), 10 * S)
    assert not shapes.is_abandoned()


def test_without_frames_what_was_asked_for_last_is_still_prepared() -> None:
    """A worker that waits for its show goes on with what it was warmed up for."""
    shapes = gpu()
    shapes.ask(A, 0, settled=True)
    shapes.done(PreparationTask.CAPTURE, A)
    assert shapes.next(3600 * S) == (PreparationTask.WARM, A)


def test_a_show_of_one_frame_in_two_seconds_settles_too() -> None:
    shapes = gpu()
    for second in range(0, 10, 2):
        shapes.ask(A, second * S)
    shapes.done(PreparationTask.CAPTURE, A)
    assert shapes.next(10 * S) == (PreparationTask.WARM, A)


def test_the_newest_comes_first_then_what_goes_with_it() -> None:
    shapes = gpu()
    shapes.ask(C, 0)
    shapes.ask(A, 1, beside=[B])
    order = []
    while (work := shapes.next(1)) is not None:
        order.append(work[1])
        shapes.done(*work)
    assert order == [A, B, C]
    assert shapes.next(1 + SETTLE_NS) == (PreparationTask.WARM, A)


def test_a_capture_comes_before_any_compilation() -> None:
    shapes = gpu()
    shapes.ask(A, 0, settled=True)
    shapes.done(PreparationTask.CAPTURE, A)
    shapes.done(PreparationTask.WARM, A)
    shapes.ask(B, 1)
    shapes.ask(A, 2)
    assert shapes.next(2) == (PreparationTask.CAPTURE, B)


def test_nothing_is_compiled_while_somebody_waits_for_graphs() -> None:
    shapes = gpu(warms=False)
    shapes.captures_only = True
    shapes.ask(A, 0, settled=True)
    assert shapes.next(0) == (PreparationTask.CAPTURE, A)
    shapes.done(PreparationTask.CAPTURE, A)
    assert shapes.next(SETTLE_NS) is None
    shapes.captures_only = False
    assert shapes.next(SETTLE_NS) == (PreparationTask.COMPILE, A)


def test_a_failure_is_tried_again_after_a_minute_and_then_less_often() -> None:
    shapes = gpu()
    now_ns, waits_s = 0, []
    for _ in range(8):
        shapes.ask(A, now_ns)
        assert shapes.next(now_ns) == (PreparationTask.CAPTURE, A)
        waits_s.append(shapes.failed(PreparationTask.CAPTURE, A, now_ns))
        assert shapes.next(now_ns) is None
        assert shapes.is_final(A, now_ns) and shapes.is_usable(A, now_ns)
        assert shapes.next(now_ns + SETTLE_NS) is None  # nor is it compiled meanwhile
        now_ns += round(waits_s[-1] * 1e9)
    assert waits_s[:3] == [60, 120, 240] and waits_s[-1] == LONGEST_RETRY_NS / S


def test_a_failed_compilation_leaves_the_capture_and_counts_for_all_steps() -> None:
    shapes = gpu()
    shapes.ask(A, 0, settled=True)
    shapes.done(PreparationTask.CAPTURE, A)
    shapes.failed(PreparationTask.WARM, A, 0)
    assert shapes.form(A) is Form.CAPTURED and shapes.is_final(A, 0)
    more = Shape(64, 4)
    shapes.ask(more, 1, settled=True)
    assert shapes.next(1) == (PreparationTask.CAPTURE, more)
    shapes.done(PreparationTask.CAPTURE, more)
    assert shapes.next(1) is None
    assert shapes.due_ns(1) is not None
    assert shapes.next(RETRY_NS) == (PreparationTask.WARM, more)


def test_a_success_forgets_the_failures_before() -> None:
    shapes = gpu()
    shapes.ask(A, 0)
    shapes.failed(PreparationTask.CAPTURE, A, 0)
    shapes.done(PreparationTask.CAPTURE, A)
    shapes.forget(A)
    assert shapes.failed(PreparationTask.CAPTURE, A, RETRY_NS) == 60


def test_what_was_dropped_for_memory_is_prepared_again_when_it_is_asked_for() -> None:
    shapes = gpu()
    shapes.ask(A, 0, settled=True)
    for task in (PreparationTask.CAPTURE, PreparationTask.WARM, PreparationTask.COMPILE):
        shapes.done(task, A)
    shapes.clear()
    assert shapes.next(0) is None
    shapes.ask(A, 1)
    assert shapes.next(1) == (PreparationTask.COMPILE, A)  # what was compiled still is


def test_machines_that_lack_a_form_leave_it_out() -> None:
    shapes = gpu(compiles=False)
    shapes.ask(A, 0, settled=True)
    shapes.done(PreparationTask.CAPTURE, A)
    assert shapes.next(0) is None and shapes.is_final(A, 0)
    shapes = gpu(captures=False, warms=False)  # a CPU with a compiler
    shapes.ask(A, 0)
    assert shapes.next(0) is None and shapes.is_usable(A, 0)
    assert shapes.next(SETTLE_NS) == (PreparationTask.COMPILE, A)
    shapes = gpu(captures=False, compiles=False)
    shapes.ask(A, 0, settled=True)
    assert shapes.next(0) is None and shapes.is_final(A, 0)
