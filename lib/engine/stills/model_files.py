"""What the file or folder of a model says of itself, before any weight is read.

Whatever is wrong with it is one sentence.
"""

from __future__ import annotations

import pickle
import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from lib.engine.engine import EngineError, first_line
from lib.engine.stills.registry import StillModel, family_of
from lib.engine.turbo import weight_files
from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.weight_files import TensorHeader
from lib.files import open_regular

_WORDS = re.compile(r"\.attn2\.to_k\.weight$")
_FIRST = weight_files.UNET_IN_FILE + "input_blocks.0.0.weight"
_WANTED = re.compile(r"GLOBAL ([\w.]+)")
# One of a family's own models, whose settings and tokenizers fit to all of it.
_SETTINGS_OF = {
    "v1": weight_files.FAMILIES[768],
    "v2": weight_files.FAMILIES[1024],
    "xl": weight_files.FAMILIES[2048],
}


class ModelFacts(NamedTuple):
    """What is known of a model from its headers."""

    model: StillModel
    family: str
    settings: Path  # the folder with its small files: settings and tokenizers
    numbers: int  # that its weights are

    @property
    def settings_are_own(self) -> bool:
        """Whether they were made for it, and not only for its family."""
        path = self.model.path
        return self.settings in (path, path.with_suffix(""), path.parent)

    @property
    def distilled(self) -> bool:
        """Whether it was trained to need no guidance, as the turbo models are."""
        return is_distilled(self.model.name) or (self.settings_are_own and trails(self.settings))


def is_distilled(name: str) -> bool:
    return re.search(r"turbo|lightning|lcm|hyper", name, re.IGNORECASE) is not None


def trails(folder: Path) -> bool:
    """How the schedules of turbo models are marked."""
    said = weight_files.read_json(
        folder / "scheduler" / "scheduler_config.json", f"{folder} is not whole"
    )
    return said.get("timestep_spacing") == "trailing"


def examine(model: StillModel, said_family: str = "") -> ModelFacts:
    """EngineError where it cannot be a model that is served."""
    if model.is_folder:
        return _of_folder(model, said_family)
    tensors = (
        pickled_tensors(model.path)
        if model.path.suffix.lower() == ".ckpt"
        else weight_files.check_whole(model.path)
    )
    widths = [one.shape[-1] for name, one in tensors.items() if _is_of_words(name)]
    if not widths:
        raise EngineError(
            f"{model.path} holds no Stable Diffusion model: no {weight_files.UNET_IN_FILE} is in it"
        )
    first = tensors.get(_FIRST)
    if first and len(first.shape) == 4 and first.shape[1] != 4:
        raise EngineError(
            f"{model.path} holds a UNet for inpainting or upscaling, which is not served: any "
            "other model inpaints"
        )
    family = family_of(model, widths[0], said_family)
    return ModelFacts(model, family, _settings_for(model.path, family), _numbers(tensors))


def _is_of_words(name: str) -> bool:
    return name.startswith(weight_files.UNET_IN_FILE) and _WORDS.search(name) is not None


def _numbers(tensors: dict[str, TensorHeader]) -> int:
    total = 0
    for one in tensors.values():
        count = 1
        for side in one.shape:
            count *= side
        total += count
    return total


def _of_folder(model: StillModel, said_family: str) -> ModelFacts:
    config = weight_files.read_json(
        model.path / "unet" / "config.json", f"{model.path} is not whole"
    )
    width = config.get("cross_attention_dim")
    family = family_of(model, width if isinstance(width, int) else None, said_family)
    files = [weight_files.weights_file(model.path / part) for part in weight_files.WHOLE]
    numbers = sum(_numbers(weight_files.check_whole(one)) for one in files if one)
    return ModelFacts(model, family, model.path, numbers)


def _settings_for(file: Path, family: str) -> Path:
    """Where the small files lie that a single file lacks: beside it, or with its family's model."""
    for folder in (file.with_suffix(""), file.parent):
        if (folder / "model_index.json").is_file():
            return folder
    known = _SETTINGS_OF[family]
    found = weight_files.cached(known)
    if found is None:
        raise EngineError(
            f"{file} needs the settings and the tokenizer of its family: put them into the folder "
            f"{file.with_suffix('')}, or fetch them: {weight_files.FETCH} {known}"
        )
    return found


def pickled_tensors(file: Path) -> dict[str, TensorHeader]:
    """The tensors of a .ckpt, which is a pickle: it is read as data alone."""
    return {
        name: TensorHeader(str(one.dtype).removeprefix("torch."), tuple(one.shape))
        for name, one in _unpickled(file).items()
        if hasattr(one, "shape")
    }


def _unpickled(file: Path) -> dict[str, Any]:
    import torch  # noqa: PLC0415 - seconds to load, and few models are pickles

    with open_regular(file):  # no FIFO, no device
        pass
    try:
        zipped = zipfile.is_zipfile(file)
        with libraries_muted():
            made = torch.load(str(file), map_location="cpu", weights_only=True, mmap=zipped or None)
    except pickle.UnpicklingError as error:
        wanted = _WANTED.search(str(error))
        if wanted is None:
            # torch's own words advise to read it as a program.
            raise EngineError(
                f"{file} is refused: it is damaged, or holds more than weights"
            ) from None
        raise EngineError(
            f"{file} is refused: beside weights it asks for {wanted[1]}, so it "
            "could run a program; a .safetensors file of the same model cannot"
        ) from None
    except Exception as error:  # noqa: BLE001 - whatever a file can do to an unpickler
        raise EngineError(
            f"{file} is damaged or cut off ({type(error).__name__}: {first_line(error)[:120]})"
        ) from None
    while isinstance(made, dict) and isinstance(made.get("state_dict"), dict):
        made = made["state_dict"]
    if not isinstance(made, dict):
        raise EngineError(f"{file} holds no weights")
    return {str(name): one for name, one in made.items()}
