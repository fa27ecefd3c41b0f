"""The parent's side of the process that compiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.config.settings import WorkerSettings
from tests.rig import until

STARTS_S = 60  # on two cores that do much else


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_each_child_that_is_started_answers(tmp_path: Path) -> None:
    """Nothing is compiled while an answer is waited for: one that is lost costs the whole night."""
    torch = pytest.importorskip("torch")
    from lib.engine.turbo.cache_warmer import CacheWarmer, WarmedCache
    from lib.engine.turbo.graph_buffers import GraphShape
    from lib.engine.turbo.load import DEFAULTS

    settings = WorkerSettings(model=str(tmp_path / "nothing"), compile="on", device="cpu")
    warmer = CacheWarmer(settings, DEFAULTS, torch.device("cpu"), 0.0)
    answers: list[WarmedCache] = []

    def answered() -> bool:
        answers.extend(filter(None, [warmer.poll()]))
        return len(answers) > 0

    try:
        for width in (64, 128):  # the second is asked of a child that ends, or is gone
            answers.clear()
            shape = GraphShape(1, 64, width, 1, guided=False)
            warmer.start(shape)
            assert until(answered, STARTS_S)
            assert answers[0].shape == shape
            assert answers[0].trouble  # there is no such model
    finally:
        warmer.close()
