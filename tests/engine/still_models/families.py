"""Tiny models of each family, as folders and as single files in the layout of those who trained
them. Their words are as wide as the real ones', for that is what a family is told by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import torch
from diffusers.models import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from bench.cost.checkpoint import (
    ANCESTRAL,
    EULER,
    TINY_TEXT,
    TINY_UNET,
    _index,
    _scheduler,
    _small_vae,
    _tokenizer,
)
from tests.engine.turbo.single_file import _open_clip, _unet_name, _vae_name

PNDM = {
    **{key: EULER[key] for key in ("beta_start", "beta_end", "beta_schedule", "steps_offset")},
    "_class_name": "PNDMScheduler",
    "num_train_timesteps": 1000,
    "skip_prk_steps": True,
    "set_alpha_to_one": False,
    "prediction_type": "epsilon",
}
UNET = TINY_UNET | {
    "block_out_channels": (32, 64),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": (2, 4),
}
WIDTHS = {"v1": (768,), "v2": (1024,), "xl": (768, 1280)}
SCHEDULERS = {"v1": PNDM, "v2": EULER | {"timestep_spacing": "leading"}, "xl": ANCESTRAL}


def make_family(folder: Path, family: str, seed: int = 0) -> Path:
    """The layout of diffusers."""
    torch.manual_seed(seed)
    widths = WIDTHS[family]
    sizes: dict[str, Any] = UNET | {"cross_attention_dim": sum(widths)}
    sizes["use_linear_projection"] = family != "v1"
    if family == "xl":
        sizes |= {"addition_embed_type": "text_time", "addition_time_embed_dim": 8}
        sizes |= {"projection_class_embeddings_input_dim": widths[1] + 6 * 8}
    UNet2DConditionModel(**sizes).save_pretrained(folder / "unet")
    text = TINY_TEXT | {"num_hidden_layers": 2, "num_attention_heads": 8}
    for number, (width, kind) in enumerate(
        zip(widths, (CLIPTextModel, CLIPTextModelWithProjection), strict=False)
    ):
        config = CLIPTextConfig(**(text | {"hidden_size": width, "projection_dim": width}))
        part = "_2" if number else ""
        kind(config).save_pretrained(folder / f"text_encoder{part}")
        _tokenizer(folder / f"tokenizer{part}")
    _small_vae().save_pretrained(folder / "vae")
    _scheduler(folder, SCHEDULERS[family])
    _index(folder, "StableDiffusionXLPipeline" if family == "xl" else "StableDiffusionPipeline")
    index = folder / "model_index.json"
    named = json.loads(index.read_text())
    named |= {"scheduler": ["diffusers", SCHEDULERS[family]["_class_name"]]}
    named |= {"_diffusers_version": "0.30.0"}
    index.write_text(json.dumps(named))
    return folder


def make_settings(model: Path, folder: Path) -> Path:
    """The small files of a model, as they lie beside a single file."""
    for file in model.rglob("*"):
        if file.suffix in (".json", ".txt"):
            target = folder / file.relative_to(model)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    return folder


def single_tensors(model: Path, family: str) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in _weights(model / "unet").items():
        other = name.replace("add_embedding.linear_1", "label_emb.0.0")
        other = other.replace("add_embedding.linear_2", "label_emb.0.2")
        tensors[f"model.diffusion_model.{_unet_name(other, 1)}"] = tensor
    for name, tensor in _weights(model / "vae").items():
        other = _vae_name(name, 4)
        if re.search(r"attn_1\.(q|k|v|proj_out)\.weight", other):
            tensor = tensor[:, :, None, None].contiguous()
        tensors[f"first_stage_model.{other}"] = tensor
    words = {
        name.removeprefix("text_model."): tensor
        for name, tensor in _weights(model / "text_encoder").items()
    }
    if family == "v2":
        return tensors | _open_clip(words)
    place = "conditioner.embedders.0" if family == "xl" else "cond_stage_model"
    tensors |= {f"{place}.transformer.text_model.{name}": words[name] for name in words}
    if family == "xl":
        tensors |= _second_words(model)
    return tensors


def _second_words(model: Path) -> dict[str, torch.Tensor]:
    held = {
        name.removeprefix("text_model."): tensor
        for name, tensor in _weights(model / "text_encoder_2").items()
    }
    projection = held.pop("text_projection.weight")
    place = "conditioner.embedders.1.model."
    second = {
        name.replace("cond_stage_model.model.", place): tensor
        for name, tensor in _open_clip(held).items()
        if ".23." not in name  # a layer that only Stable Diffusion 2 leaves out
    }
    return second | {f"{place}text_projection": projection.T.contiguous()}


def write_file(model: Path, family: str, target: Path) -> Path:
    """With the ending of `target`."""
    tensors = single_tensors(model, family)
    if target.suffix == ".ckpt":
        torch.save({"state_dict": tensors, "global_step": 7}, target)
    else:
        save_file({name: one.contiguous() for name, one in tensors.items()}, target)
    return target


def _weights(part: Path) -> dict[str, torch.Tensor]:
    (file,) = part.glob("*.safetensors")
    made: dict[str, torch.Tensor] = load_file(file)
    return made
