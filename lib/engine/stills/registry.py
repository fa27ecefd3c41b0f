"""Which models lie in the folder of models, by their names. Needs no torch, and reads no weights.

A name is the path below the folder, without its ending: `v1/forest`. Only what is found by looking
there has a name, so none leads elsewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lib.config.settings import WorkerSettings
from lib.core.model_names import ENDINGS, FAMILIES, LONGEST_NAME, plain_name
from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files

log = logging.getLogger(__name__)

USUAL_FOLDER = Path("~/stablediffusuion/checkpoints")  # spelt so by the program that made it
MOST_MODELS = 1990  # that a worker may name, beside those of its show
# Width of the words that a UNet reads -> its family.
_WIDTHS = {768: "v1", 1024: "v2", 2048: "xl"}
_SAID = {"v1": "Stable Diffusion 1", "v2": "Stable Diffusion 2", "xl": "an XL model"}


class StillModel(NamedTuple):
    """A model that lies there; nothing of it has been read."""

    name: str
    path: Path
    family: str = ""  # that its folder says: v1, v2 or xl

    @property
    def is_folder(self) -> bool:
        return self.path.is_dir()


class ModelRegistry:
    """Looked through anew each time, since models come and go while a worker runs."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._said_many = False

    def models(self) -> dict[str, StillModel]:
        """By name, in the order of names. Of one name a folder wins, then what ENDINGS has
        first."""
        if self.folder is None:
            return {}
        found: dict[str, StillModel] = {}
        for one in _lying_in(self.folder, "", ""):
            found.setdefault(one.name, one)
        for family in FAMILIES:
            for one in _lying_in(self.folder / family, f"{family}/", family):
                found.setdefault(one.name, one)
        if len(found) > MOST_MODELS and not self._said_many:
            self._said_many = True
            log.warning(
                "%s has %d models; the first %d count", self.folder, len(found), MOST_MODELS
            )
        return dict(sorted(found.items())[:MOST_MODELS])


def models_folder(settings: WorkerSettings) -> Path | None:
    """None where there is none. EngineError where the one that is set is not there."""
    named = settings.models_dir or settings.base_dir
    if not named:
        usual = USUAL_FOLDER.expanduser()
        return usual if usual.is_dir() else None
    folder = Path(named).expanduser()
    if not folder.is_dir():
        setting = "MODELS_DIR" if settings.models_dir else "BASE_DIR"
        raise EngineError(f"{setting} {named} is no folder")
    return folder


def registry_beside_live(settings: WorkerSettings) -> ModelRegistry:
    """The show goes on whatever is set for stills."""
    try:
        return ModelRegistry(models_folder(settings))
    except EngineError as error:
        log.warning("stills: no models but the show's: %s", error)
        return ModelRegistry(None)


def family_of(model: StillModel, width: int | None, said: str = "") -> str:
    """Which family a model is of: as is said, else as its folder says, else by the width of the
    words that its UNet reads. EngineError where that cannot be, or is none that is served."""
    known = _WIDTHS.get(width or 0)
    family = said or model.family or known
    if width is not None and known is None:
        what = f"reads words {width} wide"
        raise EngineError(f"the model {model.name} {what}: it is of none of the families served")
    if family is None:
        raise EngineError(f"what family the model {model.name} is of cannot be told from its file")
    if known and known != family:
        where = "is said to be" if said else "lies in a folder for"
        raise EngineError(
            f"the model {model.name} {where} {family}, but is {_SAID[known]} by its own header"
        )
    return family


def _lying_in(folder: Path, prefix: str, family: str) -> Iterator[StillModel]:
    try:
        there = sorted(folder.iterdir())
    except OSError:  # not there, or not ours to read
        return
    kinds: tuple[list[StillModel], ...] = tuple([] for _ in range(len(ENDINGS) + 1))
    for path in there:
        rank = _rank(path)
        name = prefix + (path.name if rank == 0 else plain_name(path.name))
        if rank is not None and len(name) <= LONGEST_NAME and name.isprintable():
            kinds[rank].append(StillModel(name, path, family))
    for kind in kinds:
        yield from kind


def _rank(path: Path) -> int | None:
    """0 for a folder with a model of diffusers in it, more for a file; None for all else."""
    if path.name.startswith("."):
        return None
    try:
        if path.is_dir():
            whole = (path / "model_index.json").is_file()
            return 0 if whole and weight_files.weights_file(path / "unet") else None
        ending = path.suffix.lower()
        return ENDINGS.index(ending) + 1 if ending in ENDINGS and path.is_file() else None
    except OSError:
        return None
