"""The engine and the source of docs/develop.md run as they are printed there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lib.config.params import Params
from lib.config.settings import PrimarySettings, WorkerSettings
from lib.engine.choose import examine, open_engine
from lib.engine.engine import EngineError
from lib.ops.doctor.source import source as doctor_source
from lib.pictures.codec import open_codec
from lib.stream.capture.choose import check_source, choose_source
from lib.stream.capture.source import PacedSource

TEXT = (Path(__file__).parents[2] / "docs" / "develop.md").read_text("utf-8")
BLOCK = re.compile(r"`(mine/\w+\.py)`[^`]*:\n\n```python\n(.*?)```", re.DOTALL)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the page prints, each in the file that it names."""
    printed = BLOCK.findall(TEXT)
    assert [name for name, _ in printed] == ["mine/grey.py", "mine/plasma.py"]
    for name, code in printed:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "mine"
    for name in [name for name in sys.modules if name.split(".")[0] == "mine"]:
        del sys.modules[name]


def worker(engine: str) -> WorkerSettings:
    return WorkerSettings(_env_file=None, engine=engine)


def primary(mode: str) -> PrimarySettings:
    return PrimarySettings(_env_file=None, mode=mode, resolution="128x64")


def test_the_engine_paints(mine: Path) -> None:
    assert f"--engine {(place := 'mine.grey:Grey')}`" in TEXT
    engine = open_engine(worker(place))
    assert (engine.name, engine.about) == ("grey", "grey: asked for") and engine.flickers
    engine.warm_up(1, 48, 64)
    frames = np.random.default_rng(0).integers(0, 255, (2, 48, 64, 3), np.uint8)
    pictures = engine.generate(frames, Params())
    assert pictures.shape == frames.shape and pictures.dtype == np.uint8
    assert (pictures[..., 0] == pictures[..., 2]).all() and pictures.std() > 10
    found = {one.engine: one for one in examine(worker(place))}
    assert found[place].ready


def test_the_source_plays(mine: Path) -> None:
    assert f"--mode {(place := 'mine.plasma:Plasma')}`" in TEXT
    settings = primary(place)
    assert check_source(settings) is None
    source = choose_source(settings)
    assert isinstance(source, PacedSource)
    shown = [open_codec().decode(source.read(1) or b"") for _ in range(2)]
    assert shown[0].shape == (64, 128, 3) and (shown[0] != shown[1]).any()
    (said,) = doctor_source(settings)
    assert said.colour == "green" and place in said.says


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (None, "cannot be loaded: No module named"),
        ("def Own(settings, why): return 7", "must make an? .* not a int"),
        ("def Own(settings, why): raise ValueError('no paint\\nleft')", "cannot be opened: .*paint"),
        ("1 / 0", "cannot be loaded: division by zero"),
        ("Other = 1", "cannot be loaded: .*Own"),
    ],
)
def test_what_is_wrong_with_ones_own_is_one_sentence(
    mine: Path, code: str | None, why: str
) -> None:
    if code:
        (mine / "own.py").write_text(code)
    with pytest.raises(EngineError, match=why) as refused:
        open_engine(worker("mine.own:Own"))
    trouble = check_source(primary("mine.own:Own"))
    assert trouble and re.search(why.replace("paint", "no paint"), trouble), trouble
    assert "\n" not in str(refused.value)
    (said,) = doctor_source(primary("mine.own:Own"))
    assert (said.colour == "red") == ("loaded" in why)
