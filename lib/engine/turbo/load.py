"""Brings a checkpoint into memory. Whatever is wrong with it is one sentence."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lib.config.settings import WorkerSettings
from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files
from lib.engine.turbo.download import locate
from lib.engine.turbo.gpu_options import GpuOptions
from lib.engine.turbo.gpu_options import apply as apply_options
from lib.engine.turbo.library_logs import disable_progress_bars, libraries_muted
from lib.engine.turbo.lora import merge_loras
from lib.engine.turbo.memory import is_out_of_memory, out_of_memory
from lib.engine.turbo.models import Models, TextEncoder, Vae
from lib.engine.turbo.schedule import DenoisingSchedule
from lib.engine.turbo.single_file import load_single_file, load_single_file_vae
from lib.engine.turbo.unet import FusedUNet

log = logging.getLogger(__name__)

KINDS = {
    "StableDiffusionPipeline": False,
    "StableDiffusionImg2ImgPipeline": False,
    "StableDiffusionXLPipeline": True,
    "StableDiffusionXLImg2ImgPipeline": True,
}
# What the constructors of diffusers' pipelines call them.
MODULES = ("vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "unet")
DEFAULTS = GpuOptions()
DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32}


def load_models(settings: WorkerSettings, options: GpuOptions = DEFAULTS) -> Models:
    """EngineError where weights are missing, damaged, of another kind, or memory is short."""
    started_s = time.monotonic()
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    found = locate(settings.model, settings.local_files_only)
    disable_progress_bars()
    log.info(
        "loading %s, %.1f GB, to %s", settings.model, weight_files.size_of(found) / 1e9, device
    )
    try:
        with libraries_muted():
            parts = load_single_file(found, dtype) if found.is_file() else load_folder(found, dtype)
            vae, vae_name = _vae(settings, parts, dtype)
            merge_loras(settings.lora, Path(settings.lora_dir), parts)
            models = _assemble(settings.model, {**parts, "vae": vae}, vae_name, device, options)
    except EngineError:
        raise
    except Exception as error:  # the libraries have no end of ways to fail on a bad file
        raise in_a_sentence(settings.model, device, error) from error
    log.info("loaded in %.1f s", time.monotonic() - started_s)
    return models


def choose_device(wanted: str) -> torch.device:
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(wanted)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise EngineError(
            f"device {wanted} is not there: torch finds {count} GPUs; try: nvidia-smi"
        )
    return device


def choose_dtype(wanted: str, device: torch.device) -> torch.dtype:
    """Half precision where it is faster: a CPU computes in it, but hardly faster."""
    if wanted != "auto":
        return DTYPES[wanted]
    return torch.float16 if device.type == "cuda" else torch.float32


def device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"


def load_folder(folder: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The parts of a model in the layout of diffusers, each with a line of progress."""
    index = weight_files.read_index(folder)
    kind = str(index.get("_class_name"))
    if kind not in KINDS:
        raise EngineError(
            f"{folder} is a {kind}; turbo serves Stable Diffusion 1.5, 2.1, XL and their Turbos"
        )
    xl = KINDS[kind]
    names = ["text_encoder", *(["text_encoder_2"] if xl else []), "unet"]
    weights: dict[str, Path] = {}
    for name in names:
        file = weight_files.weights_file(folder / name)
        if file is None:
            raise EngineError(
                f"{folder} has no weights of its {name}; fetch it: {weight_files.FETCH}"
            )
        weight_files.check_whole(file)  # of all parts, before minutes go into the first
        weights[name] = file
    _check_unet(folder)
    parts: dict[str, Any] = {
        "folder": folder,
        "scheduler": weight_files.read_json(
            folder / "scheduler" / "scheduler_config.json", f"{folder} is not whole"
        ),
        "zeros": bool(index.get("force_zeros_for_empty_prompt", xl)) and xl,
    }
    readers: dict[str, Callable[..., Any]] = {
        "text_encoder": CLIPTextModel.from_pretrained,
        "text_encoder_2": CLIPTextModelWithProjection.from_pretrained,
        "unet": UNet2DConditionModel.from_pretrained,
    }
    for number, name in enumerate(names, 1):
        size = weights[name].stat().st_size / 1e9
        log.info("loading %d of %d: %s, %.2f GB", number, len(names), name, size)
        parts[name] = read_part(readers[name], folder / name, weights[name], dtype)
    for name in [name for name in names if name.startswith("text")]:
        tokenizer = name.replace("text_encoder", "tokenizer")
        parts[tokenizer] = CLIPTokenizer.from_pretrained(folder / tokenizer, local_files_only=True)
    return parts


def _check_unet(folder: Path) -> None:
    """What the lean path takes for granted of a UNet."""
    config = weight_files.read_json(folder / "unet" / "config.json", f"{folder} is not whole")
    kind = str(config.get("_class_name", "UNet2DConditionModel"))
    if kind != "UNet2DConditionModel" or config.get("in_channels", 4) != 4:
        what = kind if kind != "UNet2DConditionModel" else "UNet for inpainting or upscaling"
        raise EngineError(f"{folder} holds a {what}, which turbo does not serve")
    unserved = ("time_cond_proj_dim", "class_embed_type", "encoder_hid_dim", "num_class_embeds")
    for key in unserved:
        if config.get(key) is not None:
            raise EngineError(f"{folder} has a UNet with {key}, which turbo does not serve")


def read_part(reader: Callable[..., Any], folder: Path, weights: Path, dtype: torch.dtype) -> Any:
    """from_pretrained of one part, from the file that was found and checked."""
    held = {name.removeprefix("text_model.") for name in weight_files.check_whole(weights)}
    variant = "fp16" if ".fp16." in weights.name else None
    made = reader(
        folder, torch_dtype=dtype, variant=variant, local_files_only=True, use_safetensors=True
    )
    # The libraries fill what is missing with noise, and a picture of that looks like an error.
    wanted = {name.removeprefix("text_model.") for name, _ in made.named_parameters()}
    if lacking := sorted(wanted - held):
        count = f"{len(lacking)} of {len(wanted)}"
        raise EngineError(f"{weights} lacks {count} weights that its config.json asks for")
    return made.eval()


def _vae(settings: WorkerSettings, parts: dict[str, Any], dtype: torch.dtype) -> tuple[Any, str]:
    wanted = weight_files.vae_for(settings.model, settings.vae)
    if wanted == weight_files.OWN_VAE:
        if "vae" in parts:  # it came in the single file
            return parts["vae"], weight_files.OWN_VAE
        folder, wanted = parts["folder"] / "vae", f"the VAE of {settings.model}"
    else:
        folder = locate(wanted, settings.local_files_only)
    if folder.is_file():
        return load_single_file_vae(folder, dtype), wanted
    return load_vae(folder, wanted, dtype, upcasts=True), wanted


def load_vae(folder: Path, wanted: str, dtype: torch.dtype, *, upcasts: bool) -> Any:
    """`upcasts`: a VAE that says of itself that half precision is too little gets twice as much."""
    config = weight_files.read_json(folder / "config.json", f"{wanted} holds no VAE")
    known = {"AutoencoderTiny": AutoencoderTiny, "AutoencoderKL": AutoencoderKL}
    kind = known.get(str(config.get("_class_name")))
    weights = weight_files.weights_file(folder)
    if kind is None or weights is None:
        what = config.get("_class_name") if kind is None else "VAE without weights"
        raise EngineError(f"{wanted} is a {what}; turbo serves AutoencoderTiny and AutoencoderKL")
    upcast = dtype == torch.float16 and bool(config.get("force_upcast")) and kind is AutoencoderKL
    return read_part(
        kind.from_pretrained, folder, weights, torch.float32 if upcasts and upcast else dtype
    )


def _assemble(
    name: str, parts: dict[str, Any], vae_name: str, device: torch.device, options: GpuOptions
) -> Models:
    unet, vae = parts["unet"], parts["vae"]
    if {unet.config.in_channels, vae.config.latent_channels} != {4}:
        raise EngineError(f"the VAE {vae_name} does not fit to {name}")
    schedule = DenoisingSchedule(parts["scheduler"])
    if schedule.replaced:
        log.info("the scheduler %s is replaced by Euler's, which is as linear", schedule.replaced)
    modules = {one: parts[one] for one in MODULES if one in parts}
    for one, module in modules.items():
        if not one.startswith("tokenizer"):
            module.to(device).requires_grad_(False)
    for module in (unet, vae):
        module.to(memory_format=torch.channels_last)
    texts = [
        TextEncoder(modules[one.replace("text_encoder", "tokenizer")], modules[one])
        for one in ("text_encoder", "text_encoder_2")
        if one in modules
    ]
    on_gpu = device.type == "cuda"
    fused = FusedUNet(unet, kernels=on_gpu and options.norms).requires_grad_(False)
    small = Vae(vae, kernels=on_gpu and options.convolutions)
    if on_gpu:
        fused.compile_norms()
        apply_options(options, device, unet.dtype, *fused.first_heads())
    return Models(name, vae_name, texts, fused, small, schedule, device, parts["zeros"], modules)


def in_a_sentence(model: str, device: torch.device, error: Exception) -> EngineError:
    if is_out_of_memory(error):
        return out_of_memory(device, f"{model} does not fit", error)
    if "meta tensor" in str(error):  # what diffusers says of a single file that lacks some
        return EngineError(f"{model} cannot be loaded: it is not whole, or of another kind")
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
    return EngineError(f"{model} cannot be loaded: {reason}")
