"""The parameters that are played live, and those of them that travel with a frame.

`Played` is the one typed table: routes, chat commands, OSC addresses, the page's controls, the
docs and all validation are made from its fields (`lib/config/controls.py`).
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lib.core.geometry import Size, parse_size
from lib.core.mapping import LONGEST, MappingError, parse_mapping, write_mapping

DEFAULT_PROMPT = "a garden of glass under the northern lights, oil on canvas"
LONGEST_PROMPT = 2000
MOST_IN_MIX = 8  # a glide that is interrupted again and again drops its faintest part

Weighted = tuple[tuple[str, float], ...]
Seeds = tuple[tuple[int, float], ...]


def _played_field(default: Any, help: str, **more: Any) -> Any:
    """A field of the table. name: for the public, where it differs; unit; glides; group: where
    it stands on a page; step: of a slider; part: of a preset, that it is saved with; none: only
    people set it."""
    rules = {key: more.pop(key) for key in ("ge", "le", "max_length") if key in more}
    return Field(default, description=help, json_schema_extra=more, **rules)


class _PictureParams(BaseModel):
    """How a picture is made: the parameters that engines and workers know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = _played_field(
        DEFAULT_PROMPT,
        "what the picture shows",
        max_length=LONGEST_PROMPT,
        glides=True,
        group="words",
        part="look",
    )
    seed: int = _played_field(
        0,
        "starting noise: each number gives another variation",
        ge=0,
        le=2**32 - 1,
        glides=True,
        group="picture",
        part="look",
    )
    fixed_seed: bool = _played_field(
        True,
        "the same noise for every frame; off: new noise each time",
        group="picture",
        part="look",
    )
    num_inference_steps: int = _played_field(
        2,
        "denoising steps: more is finer and slower",
        ge=1,
        le=50,
        step=1,
        name="steps",
        group="picture",
        part="look",
    )
    strength: float = _played_field(
        0.7,
        "how far the picture may move away from the source",
        ge=0,
        le=1,
        step=0.01,
        glides=True,
        group="picture",
        part="look",
    )
    guidance_scale: float = _played_field(
        0.0,
        "how strictly the picture follows the prompt; above 1 takes twice as long",
        ge=0,
        le=20,
        step=0.1,
        name="guidance",
        glides=True,
        group="picture",
        part="look",
    )
    passthrough: bool = _played_field(
        False, "put the raw source on the wall, unpainted", group="wall"
    )
    steady: int = _played_field(
        32,
        "average so many pictures where the source stands still, against flicker; 1: none",
        ge=1,
        le=64,
        step=1,
        unit="frames",
        group="calm",
        part="look",
    )
    similar: float = _played_field(
        0.0,
        "reuse the last picture while the source changes by less than this; 0 paints every frame",
        ge=0,
        le=50,
        step=0.5,
        unit="grey levels",
        group="calm",
        part="look",
    )
    similar_s: float = _played_field(
        2.0,
        "paint anew after this long in any case",
        ge=0.1,
        le=60,
        step=0.1,
        unit="s",
        group="calm",
        part="look",
    )
    feedback: float = _played_field(
        0.0,
        "how much of the last picture is mixed into the next frame, for a single worker: 0.1 to "
        "0.3 calms and leaves trails, above 0.5 the picture boils",
        ge=0,
        le=0.95,
        step=0.01,
        group="calm",
        part="look",
    )


class Params(_PictureParams):
    """The parameters that a frame carries, at its moment of a glide. Replaced, never edited."""

    mix: Weighted = ()  # prompts and their weights, which sum to 1; empty: prompt alone
    seeds: Seeds = ()  # seeds and the weights of their noise; empty: seed alone

    @field_validator("mix", "seeds")
    @classmethod
    def _few(cls, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(parts) > MOST_IN_MIX:
            raise ValueError(f"at most {MOST_IN_MIX} parts")
        if parts and not 0.99 < sum(weight for _, weight in parts) < 1.01:
            raise ValueError("weights must sum to 1")
        if any(not 0 <= weight <= 1 for _, weight in parts):
            raise ValueError("weights must be from 0 to 1")
        return parts

    @property
    def prompts(self) -> Weighted:
        return self.mix or ((self.prompt, 1.0),)

    @property
    def noise(self) -> Seeds:
        return self.seeds or ((self.seed, 1.0),)

    def changed(self, **change: object) -> Params:
        """A new, validated Params: model_copy would not validate."""
        return Params.model_validate(self.model_dump() | change)


class Played(_PictureParams):
    """All that can be changed while the show runs. Replaced, never edited."""

    prompt2: str = _played_field(
        "",
        "a second prompt to blend with",
        max_length=LONGEST_PROMPT,
        glides=True,
        group="words",
        part="look",
    )
    blend: float = _played_field(
        0.0,
        "how much of the second prompt: 0 none, 1 nothing else",
        ge=0,
        le=1,
        step=0.01,
        glides=True,
        group="words",
        part="look",
    )
    glide_ms: int = _played_field(
        2000,
        "how long a change glides",
        ge=0,
        le=600_000,
        step=100,
        unit="ms",
        group="words",
        part="wall",
    )
    cut: bool = _played_field(False, "change at once, without a glide", group="words", part="wall")
    opacity: float = _played_field(
        1.0,
        "how bright the screen is: 0 is black",
        ge=0,
        le=1,
        step=0.01,
        glides=True,
        group="wall",
        part="wall",
    )
    black: bool = _played_field(
        False, "the screen is black at once, however bright it is set", group="wall"
    )
    freeze: bool = _played_field(
        False, "the screen holds its picture, and the show goes on underneath", group="wall"
    )
    mirror: bool = _played_field(
        False, "swap left and right on the screen", group="wall", part="wall"
    )
    debug: bool = _played_field(False, "show figures on the screen, and log more", group="wall")
    signals: bool = _played_field(
        True, "signals move what the rows of the mapping name; off: none of them does", group="wall"
    )
    mapping: str = _played_field(
        "",
        "which signal moves which control, as rows of JSON; see docs/signals.md",
        max_length=LONGEST,
        group="signals",
        part="signals",
    )
    paused: bool = _played_field(
        False, "freeze the film or sequence", group="source", part="source"
    )
    take: int = _played_field(
        0,
        "send any new number to restart the film or sequence",
        ge=0,
        le=2**31 - 1,
        group="source",
    )
    directory: str = _played_field(
        "",
        "a folder or film in the data folder; empty: what the show started with",
        max_length=200,
        group="source",
        part="source",
    )
    resolution: str = _played_field(
        "512",
        "size of the picture: 512, or 1024x576; sides are multiples of 8",
        max_length=13,
        group="picture",
        part="source",
    )
    batch_size: int = _played_field(
        1,
        "largest batch sent to a worker; no frame waits for a batch to fill",
        ge=1,
        le=16,
        step=1,
        group="source",
        part="source",
    )

    @field_validator("resolution")
    @classmethod
    def _resolution(cls, text: str) -> str:
        size = parse_size(text)
        return str(size.width) if size.width == size.height else str(size)

    @field_validator("mapping")
    @classmethod
    def _mapping(cls, text: str) -> str:
        try:
            return write_mapping(parse_mapping(text))
        except MappingError as error:
            raise ValueError(f"mapping {error}") from None

    @field_validator("directory")
    @classmethod
    def _directory(cls, name: str) -> str:
        """Refuse every way out of the data folder; links are checked where the folder is read."""
        parts = name.split("/")
        if name and (
            any(part in ("", ".", "..") or part.startswith(".") for part in parts)
            or re.search(r"[\x00-\x1f\\]", name)
        ):
            raise ValueError("directory must be the name of a folder below the data folder")
        return name

    def changed(self, **change: object) -> Played:
        """A new, validated Played: model_copy would not validate."""
        return Played.model_validate(self.model_dump() | change)

    @property
    def silences_signals(self) -> bool:
        """Whether nothing is to move: black, frozen, or signals were switched off, as by a safe
        look."""
        return self.black or self.freeze or not self.signals

    @property
    def size(self) -> Size:
        return parse_size(self.resolution)

    @property
    def params(self) -> Params:
        """The parameters as a frame carries them while nothing glides."""
        known = {name: getattr(self, name) for name in _PictureParams.model_fields}
        mix: Weighted = ()
        if self.prompt2 and self.blend > 0:
            mix = ((self.prompt, 1.0 - self.blend), (self.prompt2, self.blend))
        return Params(**known, mix=mix)
