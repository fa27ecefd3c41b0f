"""Parses flags; a mistake is one sentence and exit code 2. Standard library only: programs that run
before any package is installed use it, too."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from typing import Any, NoReturn


class SentenceParser(argparse.ArgumentParser):
    """Takes no shortened flags: they would change their meaning when a flag is added."""

    def __init__(self, program: str, *, hint: str = "", **options: Any) -> None:
        super().__init__(program, allow_abbrev=False, **options)
        self._hint = hint

    def error(self, message: str) -> NoReturn:
        fail(self.prog, message + self._hint)


def number(least: float, most: float, kind: type[float] = float) -> Callable[[str], float]:
    """A flag's number within bounds. Without them nan, 1e9 and -5 are numbers, too."""

    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"must be {what} from {least:g} to {most:g}")
        return value

    return parse


def fail(program: str, sentence: str, code: int = 2) -> NoReturn:
    """End the program with one sentence that says what is wrong."""
    print(f"{program}: {sentence}", file=sys.stderr)
    raise SystemExit(code)
