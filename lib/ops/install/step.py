"""Repeatable steps: what is done already is skipped, the rest is done, or only printed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

LAST_LINES = 3


class StepError(RuntimeError):
    """A step that failed; the text is the reason. A repeated run goes on from there."""


class InstallStep(NamedTuple):
    """One state that is to be reached."""

    what: str
    is_so: Callable[[], bool]
    do: Callable[[], None]


def go(steps: Sequence[InstallStep], dry_run: bool) -> None:
    for step in steps:
        if step.is_so():
            print(f"already   {step.what}", flush=True)
        elif dry_run:
            print(f"to do     {step.what}", flush=True)
        else:
            print(f"doing     {step.what} ...", flush=True)
            step.do()


def never() -> bool:
    """The check of a step that is always run, because it is quick if it was done before."""
    return False


def run(*argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run a program and show its output; a StepError if it fails."""
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    except OSError as error:
        raise StepError(f"{argv[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        words = done.stderr.strip().splitlines()[-LAST_LINES:] or [f"code {done.returncode}"]
        raise StepError(f"{' '.join(argv[:4])}: " + " / ".join(words))


def as_user(user: str, *argv: str, env: Mapping[str, str]) -> list[str]:
    """The command line that runs a program as the show's user, as which it must work later."""
    given = [f"{name}={value}" for name, value in env.items()]
    return ["runuser", "-u", user, "--", "env", *given, *argv]
