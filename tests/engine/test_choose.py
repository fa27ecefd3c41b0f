import importlib.machinery
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from lib.config.settings import WorkerSettings
from lib.engine import choose
from lib.engine.choose import examine, open_engine
from lib.engine.engine import Engine, EngineError
from lib.engine.identity import Identity
from lib.engine.painter.neural_painter import NeuralPainter

Opens = Callable[[WorkerSettings, str], Engine]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A machine with or without a GPU and torch, and a turbo that opens as told; all the weights
    are on it."""

    def has(gpu: bool, torch: bool, turbo: Opens | None = None) -> None:
        monkeypatch.setattr(choose, "has_gpu", lambda: gpu)
        monkeypatch.setattr(choose, "has_torch", lambda: torch)
        monkeypatch.setattr(choose, "missing_weights", lambda _: "")
        monkeypatch.setattr(choose, "_TURBO", "lib.engine.turbo_for_a_test")
        if turbo:
            module = ModuleType("lib.engine.turbo_for_a_test")
            module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
            vars(module)["open_turbo"] = turbo
            monkeypatch.setitem(sys.modules, module.__name__, module)

    return has


def turbo(settings: WorkerSettings, why: str) -> Engine:
    engine = Identity()
    engine.name, engine.about = "turbo", f"turbo ({settings.engine}): {why}"
    return engine


def no_weights(settings: WorkerSettings, why: str) -> Engine:
    raise EngineError("the weights are missing")


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ((False, False, turbo), "no GPU found"),
        ((True, True, None), "turbo is not part of this version"),
        ((True, False, turbo), "torch is not installed"),
        ((True, True, no_weights), "the weights are missing"),
    ],
)
def test_auto_paints_where_turbo_can_not_run_and_says_why(
    machine: Callable[..., None],
    worker: Callable[..., WorkerSettings],
    there: tuple[bool, bool, Opens | None],
    why: str,
) -> None:
    machine(*there)
    engine = open_engine(worker(painter_size=320))
    assert isinstance(engine, NeuralPainter)
    assert engine.about == f"painter (neural styles on the CPU at 320x320 inside): {why}"


def test_auto_takes_turbo_where_everything_is_there(
    machine: Callable[..., None], worker: Callable[..., WorkerSettings]
) -> None:
    machine(True, True, turbo)
    assert open_engine(worker()).about == "turbo (auto): the best this machine can run"


def test_who_asks_for_turbo_gets_it_or_a_sentence(
    machine: Callable[..., None], worker: Callable[..., WorkerSettings]
) -> None:
    machine(False, False, turbo)
    assert open_engine(worker(engine="turbo")).about == "turbo (turbo): asked for"
    machine(True, True, no_weights)
    with pytest.raises(EngineError, match="the weights are missing"):
        open_engine(worker(engine="turbo"))


def test_a_turbo_that_is_not_there_is_one_sentence(
    machine: Callable[..., None], worker: Callable[..., WorkerSettings]
) -> None:
    machine(True, True)
    with pytest.raises(EngineError, match="turbo is not part of this version"):
        open_engine(worker(engine="turbo"))


def test_painter_and_identity_are_what_was_asked_for(worker: Callable[..., WorkerSettings]) -> None:
    assert open_engine(worker(engine="painter")).about.endswith(": asked for")
    identity = open_engine(worker(engine="identity", delay_ms=5, jitter_ms=2))
    assert (
        identity.about
        == "identity (hands frames back after 5 ms (up to 2 ms more or less)): asked for"
    )


def put_weights(hub: Path, name: str, part: str) -> None:
    """As the hub's own programs keep them, as far as a look goes."""
    home = hub / f"models--{name.replace('/', '--')}"
    weights = home / "snapshots" / "abc" / part / "diffusion_pytorch_model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.touch()
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return tmp_path / "hub"


def test_a_look_at_the_machine_names_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, cache: Path, worker: Callable[..., WorkerSettings]
) -> None:
    monkeypatch.setattr(choose, "has_gpu", lambda: False)
    monkeypatch.setattr(choose, "has_torch", lambda: False)
    identity, painter, turbo_found = examine(worker())
    assert identity.ready and painter.ready and painter.says == "neural styles on the CPU"
    assert not turbo_found.ready and turbo_found.says == (
        "no GPU found; torch is not installed; the weights stabilityai/sd-turbo are not on this "
        "machine; fetch them: automation/download-models.sh stabilityai/sd-turbo"
    )
    monkeypatch.setattr(choose, "has_gpu", lambda: True)
    monkeypatch.setattr(choose, "has_torch", lambda: True)
    put_weights(cache, "stabilityai/sd-turbo", "unet")
    assert "madebyollin/taesd are not on this machine" in examine(worker())[2].says
    put_weights(cache, "madebyollin/taesd", ".")
    assert examine(worker())[2] == ("turbo", True, "GPU, torch and weights are there")


def test_auto_does_not_begin_to_fetch_weights(
    monkeypatch: pytest.MonkeyPatch, cache: Path, worker: Callable[..., WorkerSettings]
) -> None:
    monkeypatch.setattr(choose, "has_gpu", lambda: True)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody there: asking would show
    engine = open_engine(worker(painter_size=96))
    assert engine.name == "painter"
    assert "the weights stabilityai/sd-turbo are not on this machine" in engine.about
