"""Checkpoints made here: the layout of a real one, with random weights.

The arithmetic of a network does not depend on what its weights are, so its speed can be measured
without a download. `tiny` is the same architecture a few hundred times smaller, for tests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from diffusers.models import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

EULER = {
    "_class_name": "EulerDiscreteScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "timestep_spacing": "trailing",
    "steps_offset": 1,
    "interpolation_type": "linear",
    "use_karras_sigmas": False,
}
ANCESTRAL = EULER | {"_class_name": "EulerAncestralDiscreteScheduler"}
TINY_UNET = {
    "sample_size": 64,
    "block_out_channels": (32, 64, 64),
    "down_block_types": ("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 2,
    "cross_attention_dim": 32,
    "attention_head_dim": (2, 4, 4),
    "norm_num_groups": 16,
    "use_linear_projection": True,
}
# One level, and one attention to the picture and to the prompt: to record or compile takes its time
# for each layer.
TINIEST_UNET = TINY_UNET | {
    "block_out_channels": (32,),
    "down_block_types": ("CrossAttnDownBlock2D",),
    "mid_block_type": None,
    "up_block_types": ("UpBlock2D",),
    "layers_per_block": 1,
    "attention_head_dim": (2,),
}
FULL_UNET = {
    "sample_size": 64,
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
}
TINY_TEXT = {
    "vocab_size": 514,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "projection_dim": 32,
    "hidden_act": "gelu",
    "bos_token_id": 512,
    "eos_token_id": 513,
    "pad_token_id": 0,
}
FULL_TEXT = TINY_TEXT | {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 23,
    "num_attention_heads": 16,
    "projection_dim": 512,
}
TINY_TAESD = {"encoder_block_out_channels": (16,) * 4, "decoder_block_out_channels": (16,) * 4}
TINIEST_TAESD = TINY_TAESD | {
    "num_encoder_blocks": (1, 0, 0, 0),
    "num_decoder_blocks": (1, 0, 0, 0),
}


def make_turbo(
    folder: Path, *, full: bool = False, half: bool = False, tiniest: bool = False
) -> Path:
    """The layout of stabilityai/sd-turbo."""
    torch.manual_seed(0)
    dtype = torch.float16 if half else torch.float32
    unet = UNet2DConditionModel(**(FULL_UNET if full else TINIEST_UNET if tiniest else TINY_UNET))
    unet.to(dtype).save_pretrained(folder / "unet")
    text = CLIPTextModel(CLIPTextConfig(**(FULL_TEXT if full else TINY_TEXT)))
    text.to(dtype).save_pretrained(folder / "text_encoder")
    (_full_vae() if full else _small_vae()).to(dtype).save_pretrained(folder / "vae")
    _scheduler(folder, EULER)
    _tokenizer(folder / "tokenizer")
    _index(folder, "StableDiffusionPipeline")
    return folder


def make_xl(folder: Path, seed: int = 0) -> Path:
    """The layout of stabilityai/sdxl-turbo, tiny."""
    torch.manual_seed(seed)
    sizes = TINY_UNET | {
        "cross_attention_dim": 64,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 32 + 6 * 8,
        "transformer_layers_per_block": (1, 2, 2),
    }
    UNet2DConditionModel(**sizes).save_pretrained(folder / "unet")
    CLIPTextModel(CLIPTextConfig(**TINY_TEXT)).save_pretrained(folder / "text_encoder")
    second = CLIPTextModelWithProjection(CLIPTextConfig(**TINY_TEXT))
    second.save_pretrained(folder / "text_encoder_2")
    _small_vae().save_pretrained(folder / "vae")
    _scheduler(folder, ANCESTRAL)
    _tokenizer(folder / "tokenizer")
    _tokenizer(folder / "tokenizer_2")
    _index(folder, "StableDiffusionXLPipeline")
    return folder


def make_taesd(folder: Path, *, full: bool = False, tiniest: bool = False, seed: int = 1) -> Path:
    """The layout of madebyollin/taesd."""
    torch.manual_seed(seed)
    sizes = {} if full else TINIEST_TAESD if tiniest else TINY_TAESD
    AutoencoderTiny(**sizes).save_pretrained(folder)
    return folder


def _small_vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 16, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=8,
        latent_channels=4,
        sample_size=64,
    )


def _full_vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=512,
    )


def _scheduler(folder: Path, config: dict[str, object]) -> None:
    _write(folder / "scheduler" / "scheduler_config.json", config)


def _tokenizer(folder: Path) -> None:
    """A CLIP tokenizer that knows no merges: a word is its bytes, the last of them marked."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    characters = [chr(byte) for byte in printable] + [chr(256 + n) for n in range(len(others))]
    words = characters + [character + "</w>" for character in characters]
    vocabulary = {word: number for number, word in enumerate(words)}
    vocabulary |= {"<|startoftext|>": 512, "<|endoftext|>": 513}
    _write(folder / "vocab.json", vocabulary)
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    marks = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>"}
    marks |= {"unk_token": "<|endoftext|>", "pad_token": "!"}
    how = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}
    _write(folder / "tokenizer_config.json", how | marks)
    _write(folder / "special_tokens_map.json", marks)


def _index(folder: Path, kind: str) -> None:
    parts: dict[str, object] = {
        "_class_name": kind,
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "scheduler": ["diffusers", "EulerDiscreteScheduler"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    if "XL" in kind:
        parts |= {
            "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
            "tokenizer_2": ["transformers", "CLIPTokenizer"],
            "scheduler": ["diffusers", "EulerAncestralDiscreteScheduler"],
            "force_zeros_for_empty_prompt": True,
        }
    else:
        parts |= {"safety_checker": [None, None], "feature_extractor": [None, None]}
    _write(folder / "model_index.json", parts)


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), "utf-8")
