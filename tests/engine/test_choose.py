import importlib.machinery
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

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
        monkeypatch.setattr(choose, "_why_not_cuda", lambda _: "")
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


def cuda(
    built_for: str | None = "13.0", driver: str = "", capability: tuple[int, int] = (8, 9)
) -> ModuleType:
    """torch as far as it is asked about its GPU. The sentences are its own."""
    torch = ModuleType("torch")

    def init() -> None:
        warnings.warn("CUDA initialization: the driver is too old", UserWarning, stacklevel=1)
        if driver:
            raise RuntimeError(driver)

    found = SimpleNamespace(init=init, get_device_capability=lambda _: capability)
    vars(torch).update(version=SimpleNamespace(cuda=built_for), cuda=found)
    return torch


@pytest.mark.parametrize(
    ("torch", "why"),
    [
        (
            cuda(driver="The NVIDIA driver on your system is too old (found version 12020)."),
            "the driver is too old for CUDA 13.0: 580 or newer",
        ),
        (cuda(driver="No CUDA GPUs are available"), "torch says: No CUDA GPUs are available"),
        (
            cuda(capability=(6, 1)),
            "the card is too old for CUDA 13.0: compute capability 6.1, not 7.5",
        ),
        (cuda(None), "torch is built for the CPU alone"),
    ],
)
def test_auto_paints_where_turbo_would_run_on_the_cpu(
    machine: Callable[..., None],
    worker: Callable[..., WorkerSettings],
    monkeypatch: pytest.MonkeyPatch,
    torch: ModuleType,
    why: str,
) -> None:
    """A card, torch and weights are there, and turbo would open: at half a frame a second."""
    asked = choose._why_not_cuda
    machine(True, True, turbo)
    monkeypatch.setattr(choose, "_why_not_cuda", asked)
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert open_engine(worker(painter_size=320)).about.endswith(f": {why}")


def test_auto_asks_for_the_gpu_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", cuda(capability=(7, 5)))
    assert choose._why_not_cuda("auto") == choose._why_not_cuda("cuda:1") == ""
    assert choose._why_not_cuda("cpu") == "turbo is set to run on the CPU"


def test_auto_paints_with_the_torch_that_is_installed_here(
    machine: Callable[..., None],
    worker: Callable[..., WorkerSettings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torch = pytest.importorskip("torch")
    if torch.version.cuda:
        pytest.skip("this torch has CUDA")
    asked = choose._why_not_cuda
    machine(True, True, turbo)
    monkeypatch.setattr(choose, "_why_not_cuda", asked)
    about = open_engine(worker(painter_size=320)).about
    assert about.endswith(": torch is built for the CPU alone")


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
