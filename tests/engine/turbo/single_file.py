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


_CLIP = [
    (r"^embeddings\.position_embedding\.weight", "positional_embedding"),
    (r"^embeddings\.", ""),
    (r"^final_layer_norm", "ln_final"),
    (r"^encoder\.layers", "transformer.resblocks"),
    (r"\.layer_norm(\d)", r".ln_\1"),
    (r"\.fc1", ".c_fc"),
    (r"\.fc2", ".c_proj"),
    (r"\.self_attn", ".attn"),
]


def _open_clip(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """As Stable Diffusion 2 has its text encoder: queries, keys and values in one tensor, and a
    projection and a 24th layer that are not read."""
    made: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        if re.search(r"\.[kv]_proj", name):
            continue
        if ".q_proj" in name:
            tensor = torch.cat([tensors[name.replace(".q_", f".{one}_")] for one in "qkv"])
            name = name.replace(".q_proj.", ".in_proj_")
        for pattern, other in _CLIP:
            name = re.sub(pattern, other, name)
        made[name] = tensor
    last = [name for name in made if ".resblocks.1." in name]
    made |= {name.replace(".1.", ".23.", 1): torch.zeros_like(made[name]) for name in last}
    made["text_projection"] = torch.eye(len(made["ln_final.weight"]))
    return {f"cond_stage_model.model.{name}": tensor for name, tensor in made.items()}


def write_single(model: Path, target: Path, open_clip: bool = False) -> Path:
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in load_file(model / "unet" / "diffusion_pytorch_model.safetensors").items():
        tensors[f"model.diffusion_model.{_unet_name(name, 2)}"] = tensor
    for name, tensor in load_file(model / "vae" / "diffusion_pytorch_model.safetensors").items():
        other = _vae_name(name, 4)
        if re.search(r"attn_1\.(q|k|v|proj_out)\.weight", other):
            tensor = tensor[:, :, None, None].contiguous()
        tensors[f"first_stage_model.{other}"] = tensor
    words = {
        name.removeprefix("text_model."): tensor
        for name, tensor in load_file(model / "text_encoder" / "model.safetensors").items()
    }
    clip = {f"cond_stage_model.transformer.text_model.{name}": words[name] for name in words}
    tensors |= _open_clip(words) if open_clip else clip
    save_file(tensors, target)
    return target
