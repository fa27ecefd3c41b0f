"""Opens the best painter that this machine allows, and lists what it lacks."""

from __future__ import annotations

import importlib.util
import logging
from typing import NamedTuple

from lib.config.settings import WorkerSettings
from lib.engine.engine import Engine
from lib.engine.painter import NETWORK
from lib.words.package_file import TOKENIZER, VECTORS, PackageFile, PackageFileError, find

log = logging.getLogger(__name__)


class Lack(NamedTuple):
    what: str  # what is missing
    then: str  # what the painter does without it


def lacks() -> list[Lack]:
    """What the painter lacks on this machine; empty when everything is there."""
    found = []
    if what := _problem("onnxruntime", NETWORK):
        found.append(Lack(what, "pictures are brush strokes without a neural network"))
    if what := _problem("tokenizers", VECTORS, TOKENIZER):
        found.append(Lack(what, "only words that describe a style or a colour are understood"))
    return found


def open_painter(settings: WorkerSettings, why: str) -> Engine:
    """The best painter that the installed packages allow; `why` is the reason it was chosen."""
    # Imported late, because lacks() is also used by mere checks of the machine.
    from lib.engine.painter.prompt_matcher import PromptMatcher  # noqa: PLC0415
    from lib.words.vectors import Embedder, HashedWords, WordVectors  # noqa: PLC0415

    vectors: Embedder
    remark = ""
    try:
        vectors = WordVectors()
    except PackageFileError as error:
        log.warning("painter: a prompt is matched word by word, because %s", error)
        vectors, remark = HashedWords(), "prompts matched word by word"
    matcher = PromptMatcher(vectors)
    try:
        from lib.engine.painter.style_network import StyleNetwork  # noqa: PLC0415

        network = StyleNetwork()
    except (PackageFileError, ImportError) as error:
        from lib.engine.painter.brush_painter import BrushPainter  # noqa: PLC0415

        reason = (
            str(error) if isinstance(error, PackageFileError) else f"onnxruntime fails: {error}"
        )
        return BrushPainter(matcher, settings, f"{reason}; {why}")
    from lib.engine.painter.neural_painter import NeuralPainter  # noqa: PLC0415

    return NeuralPainter(network, matcher, settings, why, remark)


def _problem(package: str, *assets: PackageFile) -> str:
    if importlib.util.find_spec(package) is None:
        return f"the package {package} is not installed"
    try:
        for asset in assets:
            find(asset)
    except PackageFileError as error:
        return str(error)
    return ""
