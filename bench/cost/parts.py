"""Parts of a benchmark, each in a process with a limit of its own: whatever one of them does, the
answers so far are on the disk, and the next part begins."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

Question = tuple[str, Callable[[], object]]
ENOUGH_S = 15.0  # less than that is not worth starting a part


class Part(NamedTuple):
    name: str
    most_s: float
    questions: Callable[[], Iterator[Question]]  # called in the part's process
    needs_first: bool = True  # what the first part makes


class Answers:
    """A line of results.jsonl for each question, before the next is asked."""

    def __init__(self, out: Path, part: str) -> None:
        self._file, self._part, self._start_s = out / "results.jsonl", part, time.monotonic()

    def all_of(self, questions: Callable[[], Iterator[Question]]) -> None:
        """Whatever goes wrong is the answer, also where the questions come from."""
        try:
            for question, call in questions():
                self.ask(question, call)
        except Exception as error:  # noqa: BLE001 - the same
            self.say("the rest", error=_short(error))

    def ask(self, question: str, call: Callable[[], object]) -> None:
        try:
            self.say(question, answer=call())
        except Exception as error:  # noqa: BLE001 - the same
            self.say(question, error=_short(error))

    def say(self, question: str, **answer: object) -> None:
        at_s = round(time.monotonic() - self._start_s, 1)
        line = {"part": self._part, "at_s": at_s, "question": question, **answer}
        with self._file.open("a") as file:
            file.write(json.dumps(line, default=str) + "\n")
        print(f"{question}: {' '.join(str(one) for one in answer.values())}", flush=True)


def _short(error: Exception) -> str:
    reason = (str(error).strip().splitlines() or [""])[0][:150]
    return f"{type(error).__name__}: {reason}"


def run_parts(out: Path, first: Part, parts: Sequence[Part], budget_s: float) -> None:
    """What most parts need is made by `first`, beside one that does without.

    Each is a fork of this process, which has imported all that they need and touched no GPU: that
    saves seconds for each of them.
    """
    out.mkdir(parents=True, exist_ok=True)
    end_s, answers, making = time.monotonic() + budget_s, Answers(out, "run"), _start(out, first)
    try:
        for part in parts:
            if part.needs_first:
                _end(making, min(first.most_s, end_s - time.monotonic()))
            most_s, started_s = min(part.most_s, end_s - time.monotonic()), time.monotonic()
            if most_s < ENOUGH_S:
                answers.say(part.name, error="no time was left")
                continue
            code = _end(_start(out, part), most_s)
            print((out / f"{part.name}.log").read_text(errors="replace")[-6000:], flush=True)
            answers.say(part.name, code=code, took_s=round(time.monotonic() - started_s, 1))
    finally:
        _end(making, 0)


def _start(out: Path, part: Part) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_inside, args=(out, part))
    process.start()
    return process


def _inside(out: Path, part: Part) -> None:
    os.setsid()  # it is ended with all that it started
    log = os.open(out / f"{part.name}.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    Answers(out, part.name).all_of(part.questions)


def _end(process: BaseProcess, most_s: float) -> int | str | None:
    process.join(max(0, most_s))
    if process.exitcode is not None:
        return process.exitcode
    os.killpg(process.pid or 0, signal.SIGKILL)
    process.join()
    return f"cut off after {most_s:.0f} s"
