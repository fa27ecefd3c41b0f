"""What the process of signals tells stream, view and control: a second whole state beside what is
played. It holds what its rows make of each control, and nothing of where that comes from."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from lib.core.mapping import TARGETS
from lib.core.modulation import Pull
from lib.wire.messages import WireError

LONGEST = 64 * 1024


class SignalState(msgspec.Struct, frozen=True):
    armed: int  # rows of the mapping
    # By field: what comes, how much of the played value goes, a second seed, the signals' names.
    moves: dict[str, tuple[float, float, int, tuple[str, ...]]]
    hands: dict[str, float] = {}  # by field: seconds for which a hand has it


class SignalMoves(NamedTuple):
    """A state, validated."""

    armed: int
    moves: dict[str, Pull]
    hands: dict[str, float]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SignalState)


def encode_signals(armed: int, moves: dict[str, Pull], hands: dict[str, float]) -> bytes:
    told = {name: (one.comes, one.goes, one.seed, one.by) for name, one in moves.items()}
    return _encoder.encode(SignalState(armed, told, hands))


def decode_signals(data: bytes) -> SignalMoves:
    if len(data) > LONGEST:
        raise WireError(f"{len(data)} bytes, more than {LONGEST}")
    try:
        state = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise WireError(f"no state of signals: {error}") from error
    moves = {}
    for field, (comes, goes, seed, by) in state.moves.items():
        if field not in TARGETS or not math.isfinite(comes) or not 0 <= goes <= 1:
            raise WireError(f"signals move {field[:40]!r} in a way that is not allowed")
        if not 0 <= seed < 2**32:
            raise WireError("signals name a seed that is none")
        moves[field] = Pull(comes, goes, seed, by)
    return SignalMoves(state.armed, moves, dict(state.hands))
