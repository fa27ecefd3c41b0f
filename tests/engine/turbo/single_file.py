"""The tiny checkpoint as one file, in the layout of those who trained the first one.

The names of a UNet's and a VAE's parts in that layout, from their names in diffusers' layout.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

_UNET = [
    (r"^conv_in", "input_blocks.0.0"),
    (r"^time_embedding\.linear_1", "time_embed.0"),
    (r"^time_embedding\.linear_2", "time_embed.2"),
    (r"^conv_norm_out", "out.0"),
    (r"^conv_out", "out.2"),
    (r"^mid_block\.resnets\.0", "middle_block.0"),
    (r"^mid_block\.attentions\.0", "middle_block.1"),
    (r"^mid_block\.resnets\.1", "middle_block.2"),
]
_RESNET = [
    ("norm1", "in_layers.0"),
    ("conv1", "in_layers.2"),
    ("time_emb_proj", "emb_layers.1"),
    ("norm2", "out_layers.0"),
    ("conv2", "out_layers.3"),
    ("conv_shortcut", "skip_connection"),
]
_VAE_ATTENTION = [
    ("group_norm", "norm"),
    ("to_q", "q"),
    ("to_k", "k"),
    ("to_v", "v"),
    ("to_out.0", "proj_out"),
]


def _unet_name(name: str, layers: int) -> str:
    for pattern, other in _UNET:
        name = re.sub(pattern, other, name)
    if match := re.match(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)", name):
        side, block, kind, at = match[1], int(match[2]), match[3], int(match[4])
        down = side == "down"
        number = block * (layers + 1) + at + (1 if down else 0)
        inside = 0 if kind == "resnets" else 1
        if kind == "downsamplers":
            number, inside = (block + 1) * (layers + 1), 0
        if kind == "upsamplers":
            number, inside = block * (layers + 1) + layers, 1 if block == 0 else 2
        where = f"{'input' if down else 'output'}_blocks.{number}.{inside}"
        rest = name[match.end() :]
        name = where + (rest.replace("conv", "op", 1) if kind == "downsamplers" else rest)
    block_name = r"^((?:input|output)_blocks\.\d+\.0|middle_block\.[02])"
    for theirs, other in _RESNET:
        name = re.sub(rf"{block_name}\.{theirs}\.", rf"\1.{other}.", name)
    return name


def _vae_name(name: str, blocks: int) -> str:
    name = name.replace("mid_block.resnets.0", "mid.block_1").replace(
        "mid_block.resnets.1", "mid.block_2"
    )
    name = name.replace("mid_block.attentions.0", "mid.attn_1")
    if ".attn_1." in name:
        for theirs, other in _VAE_ATTENTION:
            name = name.replace(f".{theirs}.", f".{other}.")
    name = re.sub(r"down_blocks\.(\d+)\.resnets\.(\d+)", r"down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d+)\.downsamplers\.0", r"down.\1.downsample", name)
    if match := re.search(r"up_blocks\.(\d+)\.", name):
        name = name.replace(match[0], f"up.{blocks - 1 - int(match[1])}.")
        name = re.sub(r"resnets\.(\d+)", r"block.\1", name).replace("upsamplers.0", "upsample")
    return name.replace("conv_shortcut", "nin_shortcut").replace("conv_norm_out", "norm_out")


def write_single(model: Path, target: Path) -> Path:
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(model / "unet" / "diffusion_pytorch_model.safetensors").items():
        tensors[f"model.diffusion_model.{_unet_name(name, 2)}"] = tensor
    for name, tensor in load_file(model / "vae" / "diffusion_pytorch_model.safetensors").items():
        other = _vae_name(name, 4)
        if re.search(r"attn_1\.(q|k|v|proj_out)\.weight", other):
            tensor = tensor[:, :, None, None].contiguous()
        tensors[f"first_stage_model.{other}"] = tensor
    for name, tensor in load_file(model / "text_encoder" / "model.safetensors").items():
        inside = name if name.startswith("text_model.") else f"text_model.{name}"
        tensors[f"cond_stage_model.transformer.{inside}"] = tensor
    save_file(tensors, target)
    return target
