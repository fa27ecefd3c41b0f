"""The fields of nodes and edges: what each may hold, and that some are the service's alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lib.core.canvas.document import EDGE, NODE, Value
from lib.core.plain import is_utf8
from lib.core.still_params import (
    LARGEST_GUIDANCE,
    LARGEST_SEED,
    LARGEST_SIDE,
    MOST_STEPS,
    SIDE_STEP,
    SMALLEST_SIDE,
    StillKind,
)

LARGEST_PLACE = 1_000_000
SMALLEST_BOX, LARGEST_BOX = 32, 4096
LONGEST_TEXT, LONGEST_NAME, MOST_COUNT = 4000, 200, 8
TYPES = ("still", "live", "note")
WORDS = frozenset({"prompt", "negative", "text"})  # what the word list reads
_id = re.compile(r"[0-9a-f]{16}", re.ASCII)
_engine = re.compile(r"[a-z0-9_-]{0,32}", re.ASCII)

# Why a value is refused, as the end of a sentence; empty if it is not.
Check = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class CanvasLimits:
    """What the show's settings decide."""

    prompt: int = 2000
    nodes: int = 5_000
    edges: int = 10_000


def is_id(text: object) -> bool:
    return isinstance(text, str) and bool(_id.fullmatch(text))


def _id_or_none(value: Value) -> str:
    return "" if value is None or is_id(value) else "an id of 16 hexadecimal digits"


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(least: float, most: float) -> Check:
    def check(value: Value) -> str:
        fine = value is None or (_is_number(value) and least <= value <= most)  # type: ignore[operator] # a number
        return "" if fine else f"a number from {least:g} to {most:g}"

    return check


def _whole(least: int, most: int, step: int = 1) -> Check:
    def check(value: Value) -> str:
        fine = value is None or (
            isinstance(value, int)
            and not isinstance(value, bool)
            and least <= value <= most
            and value % step == 0
        )
        return (
            ""
            if fine
            else f"a whole number from {least} to {most}"
            + (f" in steps of {step}" if step > 1 else "")
        )

    return check


def _pair(least: float, most: float) -> Check:
    def check(value: Value) -> str:
        fine = (
            isinstance(value, list)
            and len(value) == 2
            and all(_is_number(one) and least <= one <= most for one in value)  # type: ignore[operator] # a number
        )
        return "" if fine else f"two numbers from {least:g} to {most:g}"

    return check


def _text(longest: int) -> Check:
    def check(value: Value) -> str:
        fine = value is None or (
            isinstance(value, str)
            and len(value) <= longest
            and is_utf8(value)
            and "\0" not in value
        )
        return "" if fine else f"a text of at most {longest} characters"

    return check


def _one_of(*known: str, or_none: bool = True) -> Check:
    def check(value: Value) -> str:
        fine = value in known or (or_none and value is None)
        return "" if fine else f"one of {', '.join(known)}"

    return check


def _engine_name(value: Value) -> str:
    fine = value is None or (isinstance(value, str) and bool(_engine.fullmatch(value)))
    return "" if fine else "the name of an engine, such as painter"


def _yes_or_no(value: Value) -> str:
    return "" if isinstance(value, bool) else "true or false"


def _two_nodes(value: Value) -> str:
    fine = (
        isinstance(value, list)
        and len(value) == 2
        and all(is_id(one) for one in value)
        and value[0] != value[1]
    )
    return "" if fine else "the ids of two nodes"


def client_fields(limits: CanvasLimits) -> Mapping[tuple[str, str], Check]:
    """What people may write, by kind and field."""
    side = _whole(SMALLEST_SIDE, LARGEST_SIDE, SIDE_STEP)
    corner = _whole(-LARGEST_SIDE, LARGEST_SIDE)
    node: dict[str, Check] = {
        "type": _one_of(*TYPES, or_none=False),
        "at": _pair(-LARGEST_PLACE, LARGEST_PLACE),
        "box": _pair(SMALLEST_BOX, LARGEST_BOX),
        "deleted": _yes_or_no,
        "text": _text(LONGEST_TEXT),
        "prompt": _text(limits.prompt),
        "negative": _text(limits.prompt),
        "seed": _whole(0, LARGEST_SEED),
        "width": side,
        "height": side,
        "count": _whole(1, MOST_COUNT),
        "steps": _whole(1, MOST_STEPS),
        "guidance": _number(0, LARGEST_GUIDANCE),
        "model": _text(LONGEST_NAME),
        "engine": _engine_name,
        "scheduler": _text(40),
        "kind": _one_of(*StillKind),
        "power": _number(0, 1),
        "reference": _id_or_none,
        "mask": _id_or_none,
        "left": corner,
        "top": corner,
        "chosen": _id_or_none,
        "parent": _id_or_none,
    }
    edge: dict[str, Check] = {"ends": _two_nodes, "deleted": _yes_or_no}
    return {
        **{(NODE, name): check for name, check in node.items()},
        **{(EDGE, name): check for name, check in edge.items()},
    }


# Written by the service alone.
SERVER_FIELDS = frozenset(
    {
        *("owner", "made", "deleted_s", "job", "state", "picture", "samples", "shape"),
        *("used_seed", "used", "asked", "error", "remark"),
    }
)
