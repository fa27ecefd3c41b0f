from collections.abc import Callable

import pytest

from lib.config.settings import WorkerSettings
from lib.engine.painter.neural_painter import NeuralPainter
from lib.engine.painter.opening import open_painter
from lib.engine.painter.prompt_matcher import PromptMatcher
from lib.words.vectors import WordVectors


@pytest.fixture
def worker() -> Callable[..., WorkerSettings]:
    """Settings of a worker that nobody's .env changes."""
    return lambda **changed: WorkerSettings(_env_file=None, **changed)


@pytest.fixture(scope="session")
def matcher() -> PromptMatcher:
    return PromptMatcher(WordVectors())


@pytest.fixture(scope="session")
def painter() -> NeuralPainter:
    """The real network at a small fixed size."""
    engine = open_painter(WorkerSettings(_env_file=None, painter_size=96), "asked for")
    assert isinstance(engine, NeuralPainter), engine.about
    return engine
