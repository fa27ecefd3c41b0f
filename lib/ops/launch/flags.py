"""One command line for two programs: each is given the flags that it has."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from lib.config.cli import env_file, parser_for
from lib.config.parser import fail
from lib.config.sentences import sentence
from lib.config.settings import PrimarySettings, SharedSettings, WorkerSettings
from lib.core.geometry import Size
from lib.wire.ports import local_name

S = TypeVar("S", bound=SharedSettings)

PROGRAM = "run.sh"
ABOUT = """Starts a primary host (app.py) in a window and one worker (transform.py) beside it.
With --check it only says what this machine has and what is missing."""


class Programs(NamedTuple):
    """The command lines and settings of the two programs."""

    primary: PrimarySettings
    worker: WorkerSettings
    primary_flags: list[str]
    worker_flags: list[str]


def read_flags(argv: Sequence[str]) -> Programs:
    """Parse the flags; a wrong flag or value ends with exit code 2 and one sentence."""
    given = vars(_parser().parse_args(argv))
    given.pop("check", None)
    primary_given = {name: given[name] for name in given if name in PrimarySettings.model_fields}
    if "headless" not in given and "windowed" not in given:
        primary_given["windowed"] = "true"
    primary = _validated(PrimarySettings, primary_given)
    worker_given = _for_the_worker(primary) | {
        name: given[name] for name in given if name in WorkerSettings.model_fields
    }
    worker = _validated(WorkerSettings, worker_given)
    return Programs(primary, worker, _as_flags(primary_given), _as_flags(worker_given))


def _for_the_worker(primary: PrimarySettings) -> dict[str, str]:
    """Settings for a worker on the same machine as its primary host."""
    size: Size = primary.size
    return {
        "primary_hostname": local_name(primary.bind),
        "target_fps": f"{float(primary.rate):g}",
        "warmup": f"1x{size.height}x{size.width}x3",
    }


def _parser() -> argparse.ArgumentParser:
    parser = parser_for(PrimarySettings, PROGRAM, ABOUT)
    known = set(PrimarySettings.model_fields)
    for action in parser_for(WorkerSettings, PROGRAM, "")._actions:
        if action.dest in WorkerSettings.model_fields and action.dest not in known:
            parser._add_action(action)
    parser.add_argument(
        "--check",
        action="store_true",
        help="only examine this machine: what it has, what is missing",
    )
    return parser


def _validated(kind: type[S], given: Mapping[str, str]) -> S:
    try:
        return kind(_env_file=env_file(), **given)  # type: ignore[call-arg, arg-type] # pydantic's own
    except ValidationError as error:
        fail(PROGRAM, "; ".join(sentence(one) for one in error.errors()))
    except (OSError, UnicodeDecodeError) as error:
        fail(PROGRAM, f"{env_file()} cannot be read: {error}")


def _as_flags(given: Mapping[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in given.items()]
