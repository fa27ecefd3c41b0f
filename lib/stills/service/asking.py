"""What a client asks for, as one request to the ledger; and that request as an engine reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lib.config.controls import RefusedError
from lib.config.params import LONGEST_PROMPT
from lib.config.sentences import must_be
from lib.core.lanes import Lane
from lib.core.still import Keep, Still
from lib.core.still_params import (
    LARGEST_GUIDANCE,
    LARGEST_SEED,
    LARGEST_SIDE,
    MOST_SAMPLES,
    MOST_STEPS,
    SIDE_STEP,
    SMALLEST_SIDE,
    StillKind,
    StillParams,
)
from lib.pictures.examine import PictureFacts
from lib.pictures.xmp import SourceType
from lib.stills.ledger.queue import StillRequest

Side = Annotated[int, Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE, multiple_of=SIDE_STEP)]
Corner = Annotated[int, Field(ge=-LARGEST_SIDE, le=LARGEST_SIDE)]
ENGINE_NAME = "the name of an engine, such as painter"
MODEL_NAME = (
    "the name of a model, such as sd-turbo or v1/forest.safetensors, of at most 200 characters"
)
KEEPS = {"history": Keep.HISTORY, "canvas": Keep.CANVAS, "none": Keep.NONE}
LANES = {"interactive": Lane.INTERACTIVE, "batch": Lane.BATCH}
_UNSEEDED = 2**31  # seeds that the service chooses are below: every page and engine takes them


def _names_a_model(name: str) -> str:
    """Names may have folders, and lead out of none."""
    parts = name.split("/") if name else []
    if not name.isprintable() or "\\" in name or any(part.strip(" .") == "" for part in parts):
        raise ValueError
    return name


class JobBody(BaseModel):
    """A still that is asked for; only the prompt is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt: Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]
    negative: Annotated[str, Field(max_length=LONGEST_PROMPT)] = ""
    kind: Literal["txt2img", "img2img", "inpaint", "outpaint"] | None = None
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] | None = None
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)] = 8
    guidance: Annotated[float, Field(ge=0, le=LARGEST_GUIDANCE)] | None = None
    strength: Annotated[float, Field(ge=0, le=1)] = 0.6
    width: Side | None = None
    height: Side | None = None
    samples: Annotated[int, Field(ge=1, le=MOST_SAMPLES)] = 1
    model: Annotated[
        str, Field(max_length=200), AfterValidator(_names_a_model), must_be(MODEL_NAME)
    ] = ""
    scheduler: Annotated[str, Field(max_length=40)] = ""
    engine: Annotated[str, Field(pattern="^[a-z0-9_-]{0,32}$"), must_be(ENGINE_NAME)] = ""
    image: Annotated[str, Field(min_length=16)] | None = None
    mask: Annotated[str, Field(min_length=16)] | None = None
    left: Corner = 0
    top: Corner = 0
    lane: Literal["interactive", "batch"] = "interactive"
    keep: Literal["history", "canvas", "none"] = "history"
    key: Annotated[str, Field(max_length=100)] = ""
    owner: Annotated[str, Field(max_length=100)] = ""

    @property
    def kept(self) -> Keep:
        return KEEPS[self.keep]


@dataclass(frozen=True, slots=True)
class Input:
    """A picture that a still is to be made from."""

    id: str
    facts: PictureFacts


@dataclass(frozen=True, slots=True)
class UsedWords:
    """The prompts as the engine shall read them, and what is to be said about that."""

    prompt: str
    negative: str
    remark: str = ""


class UsualSize(NamedTuple):
    """Of a still whose request names none: MACHINE_SIZE, and the longer side that it stands for."""

    name: str
    side: int


def still_request(
    body: JobBody, words: UsedWords, image: Input | None, mask: Input | None, usual: UsualSize
) -> StillRequest:
    """The request as the ledger keeps it; RefusedError says what does not go together."""
    kind = _kind(body, image, mask)
    _check_inputs(kind, body, image, mask)
    width, height = _size(kind, body, image, usual.side)
    if kind == StillKind.OUTPAINT and image:
        _check_canvas(body, image.facts, width, height)
    params = StillParams(
        prompt=words.prompt, kind=kind, negative=words.negative, seed=body.seed or 0,
        steps=body.steps, guidance=body.guidance, strength=body.strength, width=width,
        height=height, samples=body.samples, model=body.model, scheduler=body.scheduler,
        left=body.left, top=body.top,
    ).to_wire()  # fmt: skip
    if body.seed is None:
        params["seed"] = None
    inputs = {"image": image.id if image else "", "mask": mask.id if mask else ""}
    kept = {"params": params, "prompt": body.prompt, "negative": body.negative, **inputs}
    names_size = body.width is not None and body.height is not None
    about = {"remark": words.remark, "machine_size": "" if names_size else usual.name}
    return StillRequest(
        {**kept, **about}, str(kind), body.model, body.engine,
        max(width, height), body.samples, tuple(one for one in inputs.values() if one),
    )  # fmt: skip


def asked_for(still: Still) -> dict[str, Any]:
    """What the client asked for, as `still_request` kept it."""
    body: dict[str, Any] = json.loads(still.request)["body"]
    if body["params"]["seed"] is None:
        # Of the job's own number, so that it is the same at each try and never stored twice.
        body["params"]["seed"] = int(still.id, 16) % _UNSEEDED
    return body


def source_of(still: Still) -> SourceType:
    """How its pictures come to be, as the law and other programs ask."""
    words_only = still.kind == StillKind.TXT2IMG
    return SourceType.FROM_WORDS if words_only else SourceType.FROM_PICTURE


def _kind(body: JobBody, image: Input | None, mask: Input | None) -> StillKind:
    if body.kind:
        return StillKind(body.kind)
    if mask:
        return StillKind.INPAINT
    return StillKind.IMG2IMG if image else StillKind.TXT2IMG


def _check_inputs(kind: StillKind, body: JobBody, image: Input | None, mask: Input | None) -> None:
    if kind == StillKind.TXT2IMG and (image or mask):
        raise RefusedError("txt2img takes no image and no mask; img2img and inpaint do")
    if kind != StillKind.TXT2IMG and not image:
        raise RefusedError(f"{kind} needs an image")
    if kind == StillKind.IMG2IMG and mask:
        raise RefusedError("img2img takes no mask; inpaint does")
    if image and mask and image.facts.size != mask.facts.size:
        raise RefusedError(
            f"the mask must be as large as the image, {_shown(image)}, not {_shown(mask)}"
        )
    if kind == StillKind.INPAINT and image and not mask and not image.facts.transparent:
        raise RefusedError("inpaint needs a mask, or an image that is transparent somewhere")
    if kind == StillKind.OUTPAINT and (body.width is None or body.height is None):
        raise RefusedError("outpaint needs width and height of the whole picture")


def _size(kind: StillKind, body: JobBody, image: Input | None, side: int) -> tuple[int, int]:
    """As asked for; else the shape of the image, its longer side that of MACHINE_SIZE."""
    if not image or kind == StillKind.OUTPAINT:
        return body.width or body.height or side, body.height or body.width or side
    width, height = image.facts.size
    scale = side / max(width, height)
    return body.width or _stepped(width * scale), body.height or _stepped(height * scale)


def _stepped(length: float) -> int:
    return max(SMALLEST_SIDE, round(length / SIDE_STEP) * SIDE_STEP)


def _check_canvas(body: JobBody, image: PictureFacts, width: int, height: int) -> None:
    inside = -image.width < body.left < width and -image.height < body.top < height
    if not inside:
        raise RefusedError("left and top must leave some of the image inside width x height")


def _shown(one: Input) -> str:
    return f"{one.facts.width}x{one.facts.height}"
