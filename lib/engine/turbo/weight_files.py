"""Where weights lie, and whether they are whole. Needs no torch, and reads only headers.

A model is a name on the Hugging Face hub (then it lies in the cache that all programs of that
family share), a folder of the same layout, or one .safetensors file.
"""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import NamedTuple

from lib.engine.engine import EngineError
from lib.files import open_regular, read_text

OWN_VAE = "model"  # the setting that asks for the model's own VAE
TAESD, TAESD_XL = "madebyollin/taesd", "madebyollin/taesdxl"
FETCH = "automation/download-models.sh"
WHOLE = ("unet", "text_encoder", "text_encoder_2", "vae")  # parts that have weights
_LARGEST_HEADER = 100_000_000  # as the safetensors library has it
UNET_IN_FILE = "model.diffusion_model."  # how a single file's names of the UNet's tensors begin
_WIDTHS = tuple(
    f"{UNET_IN_FILE}input_blocks.{at}.1.transformer_blocks.0.attn2.to_k.weight" for at in (1, 4)
)
# Width of the words that a UNet reads -> a model whose small files (settings, tokenizer) fit.
FAMILIES = {
    768: "stable-diffusion-v1-5/stable-diffusion-v1-5",
    1024: "stabilityai/sd-turbo",
    2048: "stabilityai/sdxl-turbo",
}


class TensorHeader(NamedTuple):
    """One tensor, as the header of its file describes it."""

    dtype: str
    shape: tuple[int, ...]


def is_name(model: str) -> bool:
    """A name on the hub rather than a path; a folder that is there wins."""
    return model.count("/") == 1 and model[0] not in "./~" and not Path(model).exists()


def hub_folder() -> Path:
    """Where the Hugging Face libraries keep what they fetched."""
    home = os.environ.get("HF_HOME")
    if not home:
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        home = str(Path(cache) / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()


def cached(name: str) -> Path | None:
    """The folder of what was fetched under this name."""
    home = hub_folder() / f"models--{name.replace('/', '--')}"
    try:
        commit = read_text(home / "refs" / "main").strip()
    except OSError:
        return None
    folder = home / "snapshots" / commit
    return folder if folder.is_dir() else None


def find(model: str) -> Path | None:
    """The folder or file that this setting means, if it is on this machine."""
    if is_name(model):
        return cached(model)
    path = Path(model).expanduser()
    return path if path.exists() else None


def has_weights(model: str) -> bool:
    """Whether a start would find weights; their content is checked when they are loaded."""
    found = find(model)
    if found is None or found.is_file():
        return found is not None
    return weights_file(found / "unet") is not None or weights_file(found) is not None


def wanted(model: str, vae: str) -> list[str]:
    """The models that a start needs, as far as is known before the model is there."""
    vae = vae_for(model, vae)
    return [model] if vae == OWN_VAE else [model, vae]


def vae_for(model: str, vae: str) -> str:
    """The VAE to use. The small one differs for XL models, whose latents are others; a model that
    holds a small one needs no other."""
    found = find(model)
    if vae != TAESD or found is None:
        return vae
    try:
        folder = family_folder(found, check_whole(found)) if found.is_file() else found
        if folder == found and _holds_small_vae(folder / "vae"):
            return OWN_VAE
        return TAESD_XL if "XL" in str(read_index(folder).get("_class_name")) else vae
    except EngineError:  # said when it is loaded
        return vae


def _holds_small_vae(part: Path) -> bool:
    if weights_file(part) is None or not (part / "config.json").is_file():
        return False
    kind = read_json(part / "config.json", f"{part} holds no VAE").get("_class_name")
    return kind == "AutoencoderTiny"


def family_folder(file: Path, tensors: dict[str, TensorHeader]) -> Path:
    """Where the small files lie that a single file lacks: beside it, or with its family's model."""
    for folder in (file.with_suffix(""), file.parent):
        if (folder / "model_index.json").is_file():
            return folder
    widths = [tensors[key].shape[-1] for key in _WIDTHS if key in tensors]
    family = FAMILIES.get(widths[0] if widths else 0)
    found = cached(family) if family else None
    if found is None:
        raise EngineError(
            f"{file} needs the settings and the tokenizer of its family: put them into the folder "
            f"{file.with_suffix('')}" + (f", or fetch them: {FETCH} {family}" if family else "")
        )
    return found


def weights_file(part: Path) -> Path | None:
    """The weights of one part of a model; half precision first, because it is half as much."""
    for stem in ("diffusion_pytorch_model", "model"):
        for variant in (".fp16", ""):
            for name in (f"{stem}{variant}.safetensors", f"{stem}.safetensors.index{variant}.json"):
                if (part / name).is_file():
                    return part / name
    return None


def missing(model: str, why: str = "") -> EngineError:
    """The sentence for weights that are not there, with the command that fetches them."""
    if not is_name(model):
        return EngineError(f"the model {model} is not there: no such folder or .safetensors file")
    known = f"{FETCH} {model}"
    reason = f" ({why})" if why else ""
    return EngineError(f"the weights {model} are not on this machine{reason}; fetch them: {known}")


def read_index(folder: Path) -> dict[str, object]:
    """The model_index.json of a model; EngineError if the folder holds none."""
    return read_json(folder / "model_index.json", f"{folder} holds no diffusers model")


def read_json(path: Path, otherwise: str) -> dict[str, object]:
    try:
        content = json.loads(read_text(path, _LARGEST_HEADER))
    except FileNotFoundError:
        raise EngineError(f"{otherwise}: {path.name} is missing") from None
    except (OSError, ValueError) as error:
        raise EngineError(f"{otherwise}: {path.name} cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise EngineError(f"{otherwise}: {path.name} is not what it should be")
    return content


def check_whole(path: Path) -> dict[str, TensorHeader]:
    """The tensors in the file; EngineError if it is cut off or no .safetensors file."""
    if path.suffix == ".json":  # several files; this one says which
        listed = read_json(path, "the weights are not whole").get("weight_map", {})
        names = set(listed.values()) if isinstance(listed, dict) else set()
        tensors: dict[str, TensorHeader] = {}
        for name in sorted(names):
            tensors |= check_whole(path.parent / str(name))
        return tensors
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            (length,) = struct.unpack("<Q", file.read(8).ljust(8, b"\xff"))
            if length > min(size, _LARGEST_HEADER):
                raise _damaged(path, "it is no safetensors file, or only its first bytes")
            header = json.loads(file.read(length))
        ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise _damaged(path, str(error)) from error
    wanted = 8 + length + max(ends, default=0)
    if size < wanted:
        raise _damaged(path, f"{size} of {wanted} bytes are there")
    return {
        key: TensorHeader(entry["dtype"], tuple(entry["shape"]))
        for key, entry in header.items()
        if key != "__metadata__"
    }


def _damaged(path: Path, why: str) -> EngineError:
    return EngineError(f"{path} is damaged or cut off ({why}); fetch it again: {FETCH}")


def size_of(found: Path) -> int:
    """Bytes of all weights of a model, as they would be loaded."""
    if found.is_file():
        return found.stat().st_size
    parts = [weights_file(found / name) for name in WHOLE]
    return sum(part.stat().st_size for part in parts if part is not None)
