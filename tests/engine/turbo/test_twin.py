"""One set of weights under two trees of modules: diffusers' own, and the lean one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from lib.config.settings import WorkerSettings
from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.load import load_models
from lib.engine.turbo.models import Models
from lib.engine.turbo.twin import join, twin
from lib.engine.turbo.unet import FusedUNet
from tests.engine.turbo.test_lora import write_lora

Loads = Callable[..., Models]


@pytest.fixture(scope="module")
def loads(weights: Path) -> Loads:
    def load(**changed: Any) -> Models:
        known = {"model": str(weights / "turbo"), "vae": str(weights / "taesd"), "device": "cpu"}
        return load_models(WorkerSettings(_env_file=None, **{**known, **changed}))

    return load


@pytest.fixture(scope="module")
def models(loads: Loads) -> Models:
    return loads()


def of_intact(models: Models) -> Tensor:
    x, time, hidden = _inputs(models)
    with torch.no_grad():
        made: Tensor = models.parts["unet"](x, time, hidden).sample
    return made


def of_lean(models: Models) -> Tensor:
    x, time, hidden = _inputs(models)
    unet = models.unet
    with torch.no_grad():
        made: Tensor = unet(x, unet.project_times(time), unet.project_prompt(hidden))
    return made


def _inputs(models: Models) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(1, 4, 16, 16, generator=generator).to(memory_format=torch.channels_last)
    width = models.parts["unet"].config.cross_attention_dim
    return x, torch.tensor([499.0]), torch.randn(1, 77, width, generator=generator)


def storages(*tensors: Tensor) -> set[int]:
    return {one.untyped_storage().data_ptr() for one in tensors}


def test_a_tensor_is_a_view_of_what_it_was_joined_to() -> None:
    one, other = torch.ones(2, 3), torch.zeros(1, 3)
    joined = join([one, other])
    joined[2, 0] = 7
    assert other.tolist() == [[7, 0, 0]]
    assert storages(one, other) == storages(joined)


def test_what_is_taken_from_a_twin_is_still_in_the_other() -> None:
    whole = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    lean = twin(whole)
    assert [one.data_ptr() for one in lean.parameters()] == [
        one.data_ptr() for one in whole.parameters()
    ]
    del lean[1]
    assert len(whole) == 2


def test_all_weights_of_a_model_are_in_memory_once(models: Models) -> None:
    unet, lean = models.parts["unet"], models.unet
    intact = list(unet.parameters())
    assert len(intact) == 494
    assert {one.data_ptr() for one in lean.parameters()} <= storages(*intact)
    of_frames = (lean._time_weight, lean._time_bias, lean._key_value_weight)
    assert storages(*intact) == storages(*lean.parameters(), *of_frames)
    small, vae = models.vae.vae, models.parts["vae"]
    assert storages(*small.parameters()) == storages(*vae.parameters())


def test_the_lean_twin_answers_as_the_intact_unet_bit_for_bit(models: Models) -> None:
    assert torch.equal(of_lean(models), of_intact(models))


def test_with_the_kernels_of_a_gpu_it_answers_the_same_but_for_rounding(models: Models) -> None:
    """Their places are taken on a processor by what torch makes of the same operations."""
    lean = FusedUNet(models.parts["unet"], kernels=True)
    x, time, hidden = _inputs(models)
    with torch.no_grad():
        made = lean(x, lean.project_times(time), lean.project_prompt(hidden))
    assert not any(isinstance(one, torch.nn.GroupNorm) for one in lean.modules())
    replaced = {"ResnetBlock2D", "Transformer2DModel", "BasicTransformerBlock"}
    kinds = [type(one).__name__ for one in lean.modules()]
    assert set(kinds) & replaced == {"BasicTransformerBlock"}  # whose layers are called one by one
    assert torch.allclose(made, of_intact(models), atol=1e-5)
    assert torch.equal(of_lean(models), of_intact(models))  # a second twin harms nobody
    # Guided, and two pictures: the rows of two prompts, one after the other. Then sides that are
    # odd on the way down.
    several = torch.cat([x, x.flip(3), x * 0.5, -x]).to(memory_format=torch.channels_last)
    hidden = torch.cat([hidden, hidden.flip(1)])
    for seen in (several, several[..., :7, :5]):
        with torch.no_grad():
            answers = [
                one(seen, one.project_times(time), one.project_prompt(hidden))
                for one in (lean, models.unet)
            ]
        assert torch.allclose(*answers, atol=1e-5)


def test_every_norm_is_compiled_ahead_for_what_it_is_given(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first frame waits for the compiler."""
    from lib.engine.turbo import group_norm
    from lib.engine.turbo.fused_blocks import FusedNorm
    from lib.engine.turbo.group_norm import NormInput, NormKind

    lean, played = FusedUNet(models.parts["unet"], kernels=True), set[NormKind]()
    x, time, hidden = _inputs(models)

    def made(given: NormInput) -> tuple[Tensor, Tensor]:
        there = [one is not None for one in (given.shift, given.added, given.extra)]
        joined = 0 if given.skip is None else given.skip.shape[1]
        channels = given.x.shape[1] + joined
        kind = NormKind(channels, given.groups, given.silu, there[0], there[1], joined)
        played.add(kind._replace(extra=there[2], whole=given.whole))
        return group_norm.plain_group_norm(given)

    monkeypatch.setattr(group_norm, "_made", made)
    with torch.no_grad():
        lean(x, lean.project_times(time), lean.project_prompt(hidden))
    assert played == {one.kind for one in lean.modules() if isinstance(one, FusedNorm)}


@pytest.mark.slow
def test_stills_by_diffusers_own_pipelines_change_nothing(
    loads: Loads, tmp_path: Path, weights: Path
) -> None:
    """Guided, of three steps, with a LoRA and without; by all three pipelines over one model."""
    from diffusers import (
        AutoPipelineForImage2Image,
        AutoPipelineForInpainting,
        AutoPipelineForText2Image,
        EulerDiscreteScheduler,
        StableDiffusionPipeline,
    )

    models = loads(vae="model")
    before, pointers = of_lean(models), [one.data_ptr() for one in models.unet.parameters()]
    write_lora(tmp_path / "ink.safetensors", weights / "turbo", seed=1)
    picture, half = torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64)
    half[..., :32] = 1
    how = {"prompt": "a cat", "negative_prompt": "dogs", "guidance_scale": 3.0}
    how |= {"num_inference_steps": 3, "output_type": "pt"}
    with libraries_muted(), torch.no_grad():
        base = StableDiffusionPipeline(
            **models.parts,
            scheduler=EulerDiscreteScheduler.from_config(models.schedule.scheduler.config),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        base.set_progress_bar_config(disable=True)
        for kind, given in (
            (AutoPipelineForText2Image, {"height": 64, "width": 64}),
            (AutoPipelineForImage2Image, {"image": picture, "strength": 1.0}),
            (AutoPipelineForInpainting, {"image": picture, "mask_image": half, "strength": 1.0}),
        ):
            made = kind.from_pipe(base)
            assert made.unet is models.parts["unet"]
            made.set_progress_bar_config(disable=True)

            def still(made: Any = made, given: Any = given) -> Tensor:
                generator = torch.Generator().manual_seed(2)
                pictures: Tensor = made(**how, **given, generator=generator).images
                return pictures

            plain = still()
            if kind is not AutoPipelineForText2Image:
                continue
            made.load_lora_weights(tmp_path, weight_name="ink.safetensors", adapter_name="ink")
            assert float((still() - plain).abs().max()) > 1e-3
            assert torch.equal(of_lean(models), before)
            made.unload_lora_weights()
            assert torch.equal(still(), plain)
    assert torch.equal(of_lean(models), before)
    assert torch.equal(of_intact(models), before)
    assert [one.data_ptr() for one in models.unet.parameters()] == pointers


def test_a_lora_of_the_show_is_in_both(loads: Loads, tmp_path: Path, weights: Path) -> None:
    plain = of_lean(loads())
    write_lora(tmp_path / "ink.safetensors", weights / "turbo", seed=1)
    models = loads(lora="ink", lora_dir=str(tmp_path))
    assert float((of_lean(models) - plain).abs().max()) > 1e-3
    assert torch.equal(of_lean(models), of_intact(models))
    assert storages(*models.unet.parameters()) <= storages(*models.parts["unet"].parameters())
