"""One sample of a still through a pipeline of diffusers, with a stop after each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.core.pixels import Pixels
from lib.core.still_params import PAINT, StillKind, StillParams, outpaint_canvas
from lib.engine.engine import EngineError
from lib.engine.stills.checkpoint import StillCheckpoint
from lib.engine.stills.schedulers import scheduler_for

_TILED = 768  # a VAE works in tiles on what is longer
_KINDS = {
    StillKind.TXT2IMG: ("StableDiffusionPipeline", "StableDiffusionXLPipeline"),
    StillKind.IMG2IMG: ("StableDiffusionImg2ImgPipeline", "StableDiffusionXLImg2ImgPipeline"),
    StillKind.INPAINT: ("StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline"),
    StillKind.OUTPAINT: ("StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline"),
}
# How much of red, green and blue each of a latent's four numbers stands for, and of none: a rough
# picture of it without its decoder. Fitted by others, for previews.
_RGB = ((0.298, 0.207, 0.208), (0.187, 0.286, 0.173), (-0.158, 0.189, 0.264),
        (-0.184, -0.271, -0.473))  # fmt: skip
_RGB_XL = ((0.3651, 0.4232, 0.4341), (-0.2533, -0.0042, 0.1068), (0.1076, 0.1111, -0.0362),
           (-0.3165, -0.2492, -0.2188))  # fmt: skip
_PREVIEW_SCALE = 4

OnStep = Callable[[int, int, Callable[[], Pixels]], None]  # steps done, in all, how it looks


class StillInputs(NamedTuple):
    """What a still is made from, of its own size."""

    image: Pixels | None = None
    mask: NDArray[np.uint8] | None = None  # what is to be painted
    strength: float = 1.0


def inputs_for(
    params: StillParams, image: Pixels | None, mask: NDArray[np.uint8] | None
) -> StillInputs:
    if params.kind is StillKind.OUTPAINT and image is not None:
        _, paint = outpaint_canvas(params, image, mask)
        return StillInputs(_continued(params, image), paint)
    return StillInputs(image, mask, _at_least_a_step(params.steps, params.strength))


def _continued(params: StillParams, image: Pixels) -> Pixels:
    """The canvas, with the edges of the image drawn out over it: what is near enough to be seen
    by the encoder beside the image is then of its colours."""
    height, width = image.shape[:2]
    rows = np.clip(np.arange(params.height) - params.top, 0, height - 1)
    columns = np.clip(np.arange(params.width) - params.left, 0, width - 1)
    return image[rows][:, columns]


def _at_least_a_step(steps: int, strength: float) -> float:
    return strength if int(steps * strength) >= 1 else min(1.0, 1.0000001 / steps)


class StillPipeline:
    """The pipeline for a kind of still, over the modules of a model: no weight is copied."""

    def __init__(self, checkpoint: StillCheckpoint, params: StillParams, offloads: bool) -> None:
        self._checkpoint, self._params = checkpoint, params
        kind = getattr(diffusers, _KINDS[params.kind][checkpoint.xl])
        more: dict[str, Any] = {"safety_checker": None, "feature_extractor": None}
        more |= {"requires_safety_checker": False}
        if checkpoint.xl:
            zeros = checkpoint.zeros
            more = {"force_zeros_for_empty_prompt": zeros, "add_watermarker": False}
        scheduler = scheduler_for(params.scheduler, checkpoint.scheduler)
        self._pipeline: Any = kind(**checkpoint.components, scheduler=scheduler, **more)
        self._pipeline.set_progress_bar_config(disable=True)
        if offloads:
            self._pipeline.enable_model_cpu_offload(device=checkpoint.device)
        vae = checkpoint.components["vae"]
        if max(params.width, params.height) > _TILED:
            vae.enable_tiling()
        else:
            vae.disable_tiling()

    def made(self, inputs: StillInputs, seed: int, on_step: OnStep) -> Pixels:
        """What is outside the mask is the image's own, to the bit."""
        drawn = self.drawn(inputs, seed, on_step)
        if not bool(torch.isfinite(drawn).all()):
            name = self._checkpoint.name
            raise EngineError(f"the model {name} made no picture: not all of it is numbers")
        return _kept((drawn * 255).round().clamp(0, 255).to(torch.uint8).numpy(), inputs)

    def drawn(self, inputs: StillInputs, seed: int, on_step: OnStep) -> Tensor:
        """Height x width x 3, from 0 to 1."""

        def on_step_end(pipeline: Any, at: int, _time: Any, held: dict[str, Any]) -> dict[str, Any]:
            on_step(at + 1, pipeline.num_timesteps, lambda: self._rough(held["latents"]))
            return held

        try:
            pictures: Tensor = self._pipeline(
                **self._asked(inputs),
                generator=torch.Generator().manual_seed(seed),
                output_type="pt",
                callback_on_step_end=on_step_end,
                callback_on_step_end_tensor_inputs=["latents"],
            ).images
        except BaseException:
            # A pipeline that comes to its end takes the parts off the GPU by itself, if in turn.
            self._pipeline.maybe_free_model_hooks()
            raise
        return pictures[0].float().permute(1, 2, 0).cpu()

    def _asked(self, inputs: StillInputs) -> dict[str, Any]:
        params = self._params
        guidance = self._checkpoint.guidance if params.guidance is None else params.guidance
        asked: dict[str, Any] = {
            "prompt": params.prompt,
            "negative_prompt": params.negative or None,
            "num_inference_steps": params.steps,
            "guidance_scale": guidance,
        }
        if params.kind is StillKind.TXT2IMG:
            return asked | {"width": params.width, "height": params.height}
        assert inputs.image is not None
        image = torch.from_numpy(np.ascontiguousarray(inputs.image)).permute(2, 0, 1)[None] / 255
        asked |= {"image": image, "strength": inputs.strength}
        if params.kind is StillKind.IMG2IMG:
            return asked
        assert inputs.mask is not None
        mask = torch.from_numpy(np.ascontiguousarray(inputs.mask))[None, None] / PAINT
        return asked | {"mask_image": mask, "width": params.width, "height": params.height}

    def _rough(self, latents: Tensor) -> Pixels:
        factors = torch.tensor(_RGB_XL if self._checkpoint.xl else _RGB)
        seen = torch.einsum("chw,cr->hwr", latents[0].float().cpu(), factors)
        pixels = ((seen + 1) * 127.5).clamp(0, 255).to(torch.uint8).numpy()
        return pixels.repeat(_PREVIEW_SCALE, 0).repeat(_PREVIEW_SCALE, 1)


def _kept(made: Pixels, inputs: StillInputs) -> Pixels:
    if inputs.mask is None or inputs.image is None:
        return made
    paint = (inputs.mask.astype(np.uint32))[..., None]
    mixed = (made * paint + inputs.image * (PAINT - paint) + PAINT // 2) // PAINT
    return mixed.astype(np.uint8)
