"""What is played live. A frame keeps the Params it left with."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_PROMPT = "a garden of glass under the northern lights, oil on canvas"


class Params(BaseModel):
    """Never edited, always replaced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Annotated[str, Field(max_length=2000)] = DEFAULT_PROMPT
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    fixed_seed: bool = True
    num_inference_steps: Annotated[int, Field(ge=1, le=50)] = 2
    strength: Annotated[float, Field(ge=0, le=1)] = 0.7
    guidance_scale: Annotated[float, Field(ge=0, le=20)] = 0.0
    passthrough: bool = False

    def changed(self, **change: object) -> Params:
        """A new, validated Params: model_copy would not validate."""
        return Params.model_validate(self.model_dump() | change)
