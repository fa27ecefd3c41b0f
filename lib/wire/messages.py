"""Every message that travels, as a type: what arrives is checked here and nowhere else.

Picture, Job and Result are promises to programs that others write (docs/wire.md). Status and
Change travel only between the processes of one primary host.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeAlias, get_origin

import msgspec
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from lib.config.params import Params, Played
from lib.config.sentences import sentence
from lib.core.bounds import Bounds
from lib.core.plain import printable
from lib.wire.faults import why_no
from lib.wire.items import more_items_than

Buffer: TypeAlias = "bytes | bytearray | memoryview"
_THREE_ITEMS, _BIN_32 = b"\x93", b"\xc6"  # how msgpack begins a list of three, and octets
UNSET = msgspec.UNSET  # of a key that a message does not have

MAX_MESSAGE = 64 * 1024 * 1024  # a job of 16 frames of 4 MB
USUAL = Bounds()
MAX_RESULT = USUAL.message
MAX_PICTURE = 64 * 1024 * 1024 + 4096  # of a primary's own feed, whatever it lets in
MAX_TEXT = 4096
MAX_BATCH = 16
# A key that nobody knows may hold anything, and is read over at 10 ns an item: one message of 4 MB
# took 20 ms. What is long by right is a picture, and that is one item.
LONG, MAX_ITEMS = 128 * 1024, 2000
FEW = msgspec.Meta(max_length=MAX_BATCH)  # looked at before any of it is read


class WireError(ValueError):
    """A message that breaks its promise; the text says how."""


class Picture(msgspec.Struct, frozen=True, array_like=True):
    """The public feed: [timestamp, index, jpg]. Others read it; its shape is a promise."""

    timestamp: int  # milliseconds since the Unix epoch, when the frame was captured
    index: int
    jpg: bytes


class _JobOptions(msgspec.Struct, frozen=True):
    """What a job says beside what an engine knows."""

    resolution: int | str | None = None  # 512, or "1024x576"; None: as the frames are
    batch_size: int = 1
    directory: str = ""
    # What load shedding wants back: the picture enlarged to this, at this JPEG quality at most.
    # A primary of ours always says whether it does; UNSET: it is somebody else's.
    shown: int | str | msgspec.UnsetType | None = UNSET
    quality: int | None = None


def _job_field(name: str, field: FieldInfo) -> tuple[str, Any, Any]:
    kind: Any = field.annotation
    if get_origin(kind) is tuple:  # strangers to a worker send it: bounded before it is read
        kind = Annotated[kind, FEW]
    return name, kind, field.default


if TYPE_CHECKING:

    class JobSettings(_JobOptions, frozen=True):
        """How a job's frames are to be made. Keys that a worker does not know are ignored."""

        def __init__(self, **settings: Any) -> None: ...
        def __getattr__(self, name: str) -> Any: ...

else:
    # What an engine knows is what Params has: a parameter of an engine is added there, once.
    JobSettings = msgspec.defstruct(
        "JobSettings",
        [_job_field(name, field) for name, field in Params.model_fields.items()],
        bases=(_JobOptions,),
        frozen=True,
    )


class Job(msgspec.Struct, frozen=True):
    """Frames for one worker, and how to make them."""

    # seconds since the Unix epoch; handed back untouched
    timestamps: Annotated[list[float], FEW]
    indices: Annotated[list[int], FEW]
    # into the message itself: a copy would cost more than all the rest
    frames: Annotated[list[memoryview], FEW]
    settings: JobSettings


class _JobOut(msgspec.Struct, frozen=True):
    timestamps: list[float]
    indices: list[int]
    frames: list[bytes]
    settings: msgspec.Raw  # encoded once for each change of the parameters, not for each job


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finished frame. `timings` are durations on the worker's own clock, in milliseconds."""

    timestamp: float
    index: int
    jpg: memoryview
    worker_id: str | int = ""
    timings: Annotated[dict[str, float], FEW] = {}
    # What makes the pictures, and on what; only now and then, for the status.
    engine: str = ""
    device: str = ""


class _BareResult(msgspec.Struct, frozen=True, array_like=True):
    timestamp: float
    index: int
    jpg: memoryview


class StageStatus(msgspec.Struct, frozen=True):
    """What one stage counted since it started, and how long it takes (p50, p95, p99)."""

    counts: dict[str, int]
    ms: tuple[float, float, float] | None = None


class WorkerStatus(msgspec.Struct, frozen=True):
    """One worker as the primary sees it."""

    name: str
    address: str
    state: str  # active or probation
    in_flight: int
    window: int
    service_ms: float | None
    fps: float
    share: float  # of all frames that workers gave back lately, 0 to 1
    done: int
    lost: int
    last_seen_s: float | None  # since its last result
    # Moving averages of what the worker says of itself, in ms: decode, engine, encode and others.
    timings: dict[str, float] = {}
    engine: str = ""
    device: str = ""
    tunnelled: bool = False  # it comes through the tunnel
    round_trip_ms: float | None = None  # of its line, apart from service_ms; None: not measured


class ReliefStatus(msgspec.Struct, frozen=True):
    """What is taken from the pictures while the workers cannot keep up."""

    order: list[str] = []  # of what may be taken; empty: nothing
    latency_ms: float = 0.0  # that is wanted; 0: none
    cuts: dict[str, str] = {}  # what is taken now, in words
    moves: list[tuple[float, str]] = []  # the latest, oldest first: seconds ago, in words


class Status(msgspec.Struct, frozen=True):
    """All that the stream process knows of itself, a few times a second."""

    uptime_s: float
    mode: str
    source: str  # in words: where the frames come from
    size: str
    playout: str
    fps_in: float
    fps_out: float
    latency_ms: tuple[float, float, float] | None  # capture to feed: p50, p95, p99
    delay_ms: float  # the playout's delay
    last_frame_s: float | None  # since a frame reached the feed
    stages: dict[str, StageStatus]
    workers: list[WorkerStatus]
    warnings: list[str]  # in plain words
    params: dict[str, str | int | float | bool]
    params_number: int
    # Where the time goes, by `core.ladder.Rung` in the order of the way (p50, p95, p99 in ms).
    ladder: dict[str, tuple[float, float, float]] = {}
    drops: dict[str, int] = {}  # frames that were not shown, by reason, since the start
    flicker: float | None = None  # change of the output over change of the input where it is still
    paused: bool = False  # a sequence stands still: the same frame comes again and again
    gliding: bool = False
    relief: ReliefStatus = ReliefStatus()


class Change(msgspec.Struct, frozen=True):
    """The whole parameters after a change; the highest number wins."""

    number: int
    params: dict[str, str | int | float | bool]
    glide_ms: int | None = None  # of this change alone; None: as the parameters say
    # By field, when somebody changed it last, by this host's monotonic clock: a process that is
    # started again knows which controls a hand has.
    changed_ns: dict[str, int] = {}


class ScreenStatus(msgspec.Struct, frozen=True):
    """What the screen of this host shows."""

    # shown; hidden: its window is; none: there is no screen; off: none is wanted here
    state: Literal["shown", "hidden", "none", "off"]
    about: str = ""  # the display, or why there is none
    light: float = 1.0  # opacity and black, at their moment of a glide: 0 is black
    picture: float = 1.0  # of the last picture, which fades when none comes
    frozen: bool = False


class SignalStatus(msgspec.Struct, frozen=True):
    """What signals move now, by field."""

    armed: int = 0  # rows of the mapping
    moved: dict[str, float] = {}  # to this value
    by: dict[str, list[str]] = {}  # signals
    hands: dict[str, float] = {}  # seconds for which a hand keeps them away


class HostStatus(msgspec.Struct, frozen=True):
    """The answer of /status: what the control process knows, and the stream's own words."""

    warnings: list[str]  # in plain words, the stream's among them
    params: dict[str, str | int | float | bool]
    params_number: int
    control_uptime_s: float
    watchers: int  # browsers that look at the moving picture
    stream: Status | None  # null while the stream is silent
    stream_silent_s: float
    cues: dict[str, str | int | float | bool | None] = {}  # where the sheet of cues is
    osc: dict[str, int] = {}  # what came in as OSC, and what was wrong with it, since the start
    version: str = ""  # of the program
    screen: ScreenStatus | None = None  # null: not known yet
    stills_port: int = 0  # of the page for single pictures on this host; 0: it makes none
    machine_size: str = ""  # of stills whose request names no size; empty: as above
    signals_port: int = 0  # of the page of signals on this host; 0: there is none
    signals: SignalStatus = SignalStatus()


class Playing(NamedTuple):
    """What a Change says, validated: nobody who gets it has to look again."""

    number: int
    played: Played
    glide_ms: int | None = None
    changed_ns: Mapping[str, int] = MappingProxyType({})  # by field, when somebody changed it


_encoder = msgspec.msgpack.Encoder()
_status = msgspec.msgpack.Decoder(Status)
_change = msgspec.msgpack.Decoder(Change)
_screen = msgspec.msgpack.Decoder(ScreenStatus)
_picture = msgspec.msgpack.Decoder(Picture)
_job = msgspec.msgpack.Decoder(Job)
_result = msgspec.msgpack.Decoder(Result)
_bare_result = msgspec.msgpack.Decoder(_BareResult)


def encode(message: msgspec.Struct) -> bytes:
    return _encoder.encode(message)


def encode_json(message: msgspec.Struct) -> bytes:
    """For browsers and scripts."""
    return msgspec.json.encode(message)


def encode_settings(settings: JobSettings) -> bytes:
    return _encoder.encode(settings)


class Packer:
    """Encodes into one buffer that it uses again: a fresh one of 50 kB costs 25 to 50 us each time.

    What it returns holds until the next message: hand it to a socket, which copies it.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def job(
        self, timestamps: list[float], indices: list[int], frames: list[bytes], settings: bytes
    ) -> bytearray:
        """A job whose settings were encoded before."""
        return self._pack(_JobOut(timestamps, indices, frames, msgspec.Raw(settings)))

    def result(self, result: Result) -> bytearray:
        return self._pack(result)

    def _pack(self, message: object) -> bytearray:
        _encoder.encode_into(message, self._buffer)
        return self._buffer


_LIST = "msgpack list [timestamp, index, jpg]"
_SHAPES: dict[type, str] = {
    Picture: _LIST,
    _BareResult: _LIST,
    Result: f"msgpack map of timestamp, index and jpg, and no {_LIST}",
    Job: "msgpack map of timestamps, indices, frames and settings",
}


def picture_pieces(timestamp: int, index: int, *jpg: Buffer) -> tuple[Buffer, Buffer]:
    """A Picture whose JPEG is in pieces, the last of which is not copied."""
    numbers = _encoder.encode((timestamp, index))
    length = sum(map(len, jpg)).to_bytes(4, "big")
    return b"".join((_THREE_ITEMS, numbers[1:], _BIN_32, length, *jpg[:-1])), jpg[-1]


def decode_picture(data: Buffer, longest: int = MAX_PICTURE) -> Picture:
    picture: Picture = _decode(_picture, data, longest)
    if not 0 <= picture.index < 2**63 or not 0 <= picture.timestamp < 2**53:
        raise WireError("index or timestamp out of range")
    return picture


def decode_job(data: Buffer, bounds: Bounds = USUAL) -> Job:
    job: Job = _decode(_job, data, MAX_MESSAGE)
    if not len(job.timestamps) == len(job.indices) == len(job.frames):
        raise WireError("timestamps, indices and frames differ in number")
    if len(job.frames) > MAX_BATCH:
        raise WireError(f"more than {MAX_BATCH} frames in one job")
    if any(len(frame) > bounds.bytes for frame in job.frames):
        raise WireError(f"a frame of more than {bounds.bytes // 2**20} MB")
    texts = [job.settings.prompt, *(text for text, _ in job.settings.mix)]
    if len(texts) > MAX_BATCH or any(len(text) > MAX_TEXT for text in texts):
        raise WireError(f"a prompt of more than {MAX_TEXT} characters")
    return job


def decode_result(data: Buffer, longest: int = MAX_RESULT) -> Result:
    """A map, or the bare list [timestamp, index, jpg] that older workers send."""
    if data[:1] == b"\x93":
        bare = _decode(_bare_result, data, longest)
        result = Result(bare.timestamp, bare.index, bare.jpg)
    else:
        result = _decode(_result, data, longest)
    if not math.isfinite(result.timestamp) or not 0 <= result.index < 2**63:
        raise WireError("index or timestamp out of range")
    names = (str(result.worker_id), result.engine, result.device)
    if any(len(name) > 64 for name in names) or len(result.timings) > 16:
        raise WireError("a name of more than 64 characters or more than 16 timings")
    if not all(len(k) <= 32 and 0 <= v < 1e9 for k, v in result.timings.items()):
        raise WireError("a timing out of range")
    if all(name.isprintable() for name in (*names, *result.timings)):
        return result
    return _with_printable_names(result)


def _with_printable_names(result: Result) -> Result:
    """These go to logs, terminals and pages, which a worker must not be able to control."""
    return msgspec.structs.replace(
        result,
        worker_id=printable(str(result.worker_id)),
        engine=printable(result.engine),
        device=printable(result.device),
        timings={printable(name): ms for name, ms in result.timings.items()},
    )


def decode_status(data: bytes) -> Status:
    status: Status = _decode(_status, data, MAX_RESULT)
    return status


def decode_screen(data: bytes) -> ScreenStatus:
    screen: ScreenStatus = _decode(_screen, data, MAX_RESULT)
    return screen


def decode_change(data: bytes) -> Playing:
    change: Change = _decode(_change, data, MAX_RESULT)
    played = played_from(change.params)
    return Playing(change.number, played, change.glide_ms, change.changed_ns)


def played_from(params: Mapping[str, object]) -> Played:
    """What another process says is played, validated."""
    try:
        return Played.model_validate(params)
    except ValidationError as error:
        raise WireError("; ".join(sentence(one) for one in error.errors())) from error


def _decode(decoder: msgspec.msgpack.Decoder[Any], data: Buffer, limit: int) -> Any:
    if len(data) > limit:
        raise WireError(f"{len(data)} bytes, more than {limit}")
    if len(data) > LONG and more_items_than(MAX_ITEMS, memoryview(data)):
        raise WireError(f"more than {MAX_ITEMS} items")
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        shape = _SHAPES.get(decoder.type, "message of this version")
        raise WireError(why_no(shape, data, str(error))) from error
