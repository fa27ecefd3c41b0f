"""What each OSC address means: one for every control, and the few that show software expects.

Show software is not strict about types: a button sends 1.0, a switch T, and a fader a float where
a whole number is meant. That is understood; a text is only ever a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lib.config.controls import CONTROLS, Control, RefusedError, Value
from lib.config.params import Played
from lib.core.cues import CUE_ACTIONS
from lib.osc.packet import Argument, OscMessage
from lib.osc.packet import message as packed

Reason: TypeAlias = Literal["unknown_address", "wrong_type", "not_allowed"]
TAKES = 2**31  # as many takes can be told apart


class MeaningError(ValueError):
    """A message that means nothing here; the text is a sentence, `reason` what is counted."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class OscAction:
    """Something to do that sets no control."""

    what: Literal["undo", "redo", "preset", "place", "cue", "jump", "safe"]
    name: str = ""  # of the preset, its place, the cue's number, or what the cues shall do


Change: TypeAlias = "dict[str, Value]"  # by field
Meaning: TypeAlias = "Change | OscAction | None"  # None: a button that was let go


@dataclass(frozen=True)
class OscAddress:
    """One address for people who read the table, and how to read its arguments."""

    arguments: str
    what: str
    read: Callable[[Sequence[Argument], Played], Meaning]


def meaning(message: OscMessage, played: Played) -> Meaning:
    """What the message asks for; MeaningError says why it asks for nothing."""
    address = message.address
    known = ADDRESSES.get(address)
    if known is not None:
        return known.read(message.arguments, played)
    if address.startswith("/preset/"):  # a button of a tablet has a number to send, and no text
        name = address.removeprefix("/preset/")
        return OscAction("preset", name) if name and _pressed(address, message.arguments) else None
    if re.fullmatch(r"/presets/[1-9][0-9]{0,2}", address):
        place = address.removeprefix("/presets/")
        return OscAction("place", place) if _pressed(address, message.arguments) else None
    raise MeaningError("unknown_address", f"unknown address {address[:80]}")


def echoes(played: Played) -> dict[str, bytes]:
    """The packet for each address that has a value: what a tablet's faders follow."""
    values = played.model_dump()
    packets: dict[str, bytes] = {}
    for control in CONTROLS.values():
        value = values[control.field]
        # A switch as 1 or 0: older tablets know no T and F.
        sent = int(value) if isinstance(value, bool) else value
        packets |= {address: packed(address, sent) for address in ECHOED[control.field]}
    packets["/mode"] = packed("/mode", "hard" if played.cut else "soft")
    packets["/scene"] = packed("/scene", int(not played.paused))
    return packets


def _is_number(value: Argument) -> bool:
    return isinstance(value, int | float)  # T and F among them


def _value(control: Control, value: Argument) -> Value:
    """The argument as this control takes it."""
    shown = f"/{control.name}"
    if control.kind is str:
        if control.field == "resolution" and isinstance(value, float) and value.is_integer():
            value = int(value)
        right = isinstance(value, str) or (control.field == "resolution" and type(value) is int)
    elif control.kind is bool:
        right = _is_number(value)
    else:
        right = _is_number(value) and not isinstance(value, bool)
    if not right:
        raise MeaningError("wrong_type", f"{shown} takes {_expected(control)}, not {_kind(value)}")
    try:
        return control.check(value)
    except RefusedError as refusal:
        raise MeaningError("not_allowed", str(refusal)) from refusal


def _expected(control: Control) -> str:
    return {str: "a text", bool: "1 or 0", int: "a whole number", float: "a number"}[control.kind]


def _kind(value: Argument) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {str: "a text", int: "a number", float: "a number", bytes: "bytes", type(None): "none"}
    return names[type(value)]


def _single(control: Control) -> Callable[[Sequence[Argument], Played], Meaning]:
    def read(arguments: Sequence[Argument], _: Played) -> Meaning:
        if len(arguments) != 1:
            text = f"/{control.name} takes {_expected(control)}, not {len(arguments)} arguments"
            raise MeaningError("wrong_type", text)
        return {control.field: _value(control, arguments[0])}

    return read


def _prompt(arguments: Sequence[Argument], _: Played) -> Meaning:
    """Several texts are one prompt: some senders break a text at its spaces."""
    texts = [text for text in arguments if isinstance(text, str)]
    if not texts or len(texts) < len(arguments):
        raise MeaningError("wrong_type", "/prompt takes one text or several")
    return {"prompt": _value(CONTROLS["prompt"], " ".join(texts))}


def _blend(arguments: Sequence[Argument], played: Played) -> Meaning:
    if len(arguments) == 1:
        return _single(CONTROLS["blend"])(arguments, played)
    if len(arguments) != 3:
        raise MeaningError("wrong_type", "/blend takes two texts and a number, or a number alone")
    fields = ("prompt", "prompt2", "blend")
    return {f: _value(CONTROLS[f], one) for f, one in zip(fields, arguments, strict=True)}


def _mode(arguments: Sequence[Argument], _: Played) -> Meaning:
    word = arguments[0] if len(arguments) == 1 else None
    if not isinstance(word, str):
        raise MeaningError("wrong_type", "/mode takes the text soft or hard")
    if word.lower() not in ("soft", "hard"):
        raise MeaningError("not_allowed", f"/mode must be soft or hard, not '{word[:40]}'")
    return {"cut": word.lower() == "hard"}


def _scene(arguments: Sequence[Argument], played: Played) -> Meaning:
    if len(arguments) != 1 or not _is_number(arguments[0]):
        raise MeaningError("wrong_type", "/scene takes a number: 1 plays from the start")
    if arguments[0] == 1:
        return {"paused": False, "take": (played.take + 1) % TAKES}
    return {"paused": True}


def _preset(arguments: Sequence[Argument], _: Played) -> Meaning:
    if len(arguments) != 1 or not isinstance(arguments[0], str) or not arguments[0]:
        raise MeaningError("wrong_type", "/preset takes the name of a preset")
    return OscAction("preset", arguments[0])


def _jump(arguments: Sequence[Argument], _: Played) -> Meaning:
    number = arguments[0] if len(arguments) == 1 else None
    if not isinstance(number, int | float) or not float(number).is_integer():
        raise MeaningError("wrong_type", "/cue/jump takes the number of a cue, from 1")
    return OscAction("jump", str(int(number)))


def _button(address: str, action: OscAction) -> Callable[[Sequence[Argument], Played], Meaning]:
    def read(arguments: Sequence[Argument], _: Played) -> Meaning:
        return action if _pressed(address, arguments) else None

    return read


def _nowhere(_: Sequence[Argument], __: Played) -> Meaning:
    raise MeaningError("unknown_address", "N stands for a number")


def _pressed(address: str, arguments: Sequence[Argument]) -> bool:
    """Whether a button went down: its number is not 0, or it sends none at all."""
    if len(arguments) > 1 or not all(map(_is_number, arguments)):
        raise MeaningError("wrong_type", f"{address[:80]} takes nothing, or 1 and 0 of a button")
    return arguments[0] != 0 if arguments else True


TYPES = {str: "s", bool: "i", int: "i", float: "f"}

# By address, in the order of the docs' table.
ADDRESSES: dict[str, OscAddress] = {
    f"/{control.name}": OscAddress(TYPES[control.kind], control.help, _single(control))
    for control in CONTROLS.values()
} | {
    "/prompt": OscAddress("s…", "the prompt; several texts are joined", _prompt),
    "/prompt/0": OscAddress("s", "the prompt", _single(CONTROLS["prompt"])),
    "/prompt/1": OscAddress("s", "the second prompt", _single(CONTROLS["prompt2"])),
    "/blend": OscAddress("s s f, or f", "both prompts and how much of the second", _blend),
    "/blend_t": OscAddress("f", "how much of the second prompt", _single(CONTROLS["blend"])),
    "/mode": OscAddress("s", "soft: changes glide; hard: changes are cuts", _mode),
    "/scene": OscAddress("i", "1: play the sequence from its start; else pause", _scene),
    "/preset": OscAddress("s", "recall a preset", _preset),
    "/presets/N": OscAddress("", "recall the preset at that place in their order", _nowhere),
    "/cue/jump": OscAddress("i", "play the cue of that number, counted from 1", _jump),
    "/safe": OscAddress("", "glide to the safe look", _button("/safe", OscAction("safe"))),
    "/undo": OscAddress("", "undo the latest change", _button("/undo", OscAction("undo"))),
    "/redo": OscAddress("", "put back what undo took away", _button("/redo", OscAction("redo"))),
    **{
        f"/cue/{action}": OscAddress(
            "", f"the cues: {action}", _button(f"/cue/{action}", OscAction("cue", action))
        )
        for action in CUE_ACTIONS
    },
}

# By field: the addresses that show its value.
ECHOED = {control.field: [f"/{control.name}"] for control in CONTROLS.values()}
ECHOED["prompt"].append("/prompt/0")
ECHOED["prompt2"].append("/prompt/1")
ECHOED["blend"].append("/blend_t")
ECHOED["cut"].append("/mode")
ECHOED["paused"].append("/scene")
