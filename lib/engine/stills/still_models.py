"""Brings the model of a still into memory, on a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch

from lib.engine.engine import EngineError, StillProgress, UnfitStillError
from lib.engine.stills.checkpoint import LoadingTarget, StillCheckpoint, load_checkpoint
from lib.engine.stills.convert import target_of, write_folder
from lib.engine.stills.held import HeldModels
from lib.engine.stills.model_files import examine
from lib.engine.stills.registry import ModelRegistry, StillModel
from lib.engine.turbo.library_logs import libraries_muted
from lib.engine.turbo.memory import ShortOfMemoryError, on_gpu

log = logging.getLogger(__name__)

_LOOK_S = 0.02  # between two looks whether it is loaded; meanwhile live frames are made


class ShowModel(Protocol):
    """The model of the show, under its name."""

    @property
    def name(self) -> str: ...

    def needed_bytes(self) -> int:
        """To load it; EngineError where it is not there."""

    def load(self) -> StillCheckpoint: ...


@contextmanager
def _blamed_on_model() -> Iterator[None]:
    """Whatever is wrong there is the model's, but for memory, which may be this machine's."""
    try:
        yield
    except ShortOfMemoryError:
        raise
    except EngineError as error:
        raise UnfitStillError(str(error)) from error


class _Loading:
    """One model that a thread is reading."""

    def __init__(self, name: str, load: Callable[[], StillCheckpoint]) -> None:
        self.name = name
        self.made: StillCheckpoint | None = None
        self.error: EngineError | None = None
        self.done = threading.Event()
        self._load = load
        threading.Thread(target=self._run, name="LoadModel", daemon=True).start()

    def _run(self) -> None:
        try:
            self.made = self._load()
        except EngineError as error:
            self.error = error
        except Exception as error:
            log.exception("the model %s cannot be loaded", self.name)
            self.error = EngineError(f"the model {self.name} cannot be loaded: {error}")
        finally:
            self.done.set()


class StillModels:
    """Used by the thread that makes stills."""

    def __init__(
        self,
        registry: ModelRegistry,
        show: ShowModel | None,
        held: HeldModels,
        target: LoadingTarget,
    ) -> None:
        self._registry, self._show, self._target = registry, show, target
        self.held = held
        self._loading: _Loading | None = None

    def names(self) -> tuple[str, ...]:
        """That of the show first."""
        there = self._registry.models()
        if self._show is None:
            return tuple(there)
        return (self._show.name, *(name for name in there if name != self._show.name))

    def get(self, name: str, progress: StillProgress) -> StillCheckpoint:
        """The model of this name, the show's for none. It may take minutes; `progress.loads` is
        called meanwhile, and may end the wait: what is being loaded is then there for the next."""
        name = name or next(iter(self.names()), "")
        self._end_earlier(progress)
        held = self.held.get(name)
        if held:
            return held
        progress.loads()
        with _blamed_on_model():
            self._loading = self._begun(name)
            self._wait(self._loading, progress)
            return self._taken(self._loading)

    def convert(self, name: str, progress: StillProgress) -> None:
        """The file of this name becomes a folder; a piece at a time, as with `get`."""
        self._end_earlier(progress)
        with _blamed_on_model():
            self._convert(name, progress)

    def _convert(self, name: str, progress: StillProgress) -> None:
        model = self._find(name)
        target_of(model.path)
        facts = examine(model)
        if not on_gpu(self._target.place):
            self.held.make_room(name, facts.numbers * self._target.dtype.itemsize)
        target = LoadingTarget(torch.device("cpu"), self._target.dtype)

        def converted() -> StillCheckpoint:
            checkpoint = load_checkpoint(facts, target)
            with libraries_muted():
                write_folder(checkpoint, model.path)
            return checkpoint

        converting = _Loading(name, converted)
        self._wait(converting, progress)
        if converting.error:
            raise converting.error

    @property
    def is_busy(self) -> bool:
        return self._loading is not None and not self._loading.done.is_set()

    def _begun(self, name: str) -> _Loading:
        show = self._show
        if show and name == show.name:
            self.held.make_room(name, show.needed_bytes())
            return _Loading(name, show.load)
        model = self._find(name)
        facts = examine(model)
        self.held.make_room(name, facts.numbers * self._target.dtype.itemsize)
        return _Loading(name, lambda: load_checkpoint(facts, self._target))

    def _find(self, name: str) -> StillModel:
        there = self._registry.models()
        if name in there:
            return there[name]
        names = self.names()
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        raise EngineError(f"there is no model {name[:80]!r}; there is {shown or 'none'}")

    def _end_earlier(self, progress: StillProgress) -> None:
        """What was begun for a still that is cancelled."""
        earlier = self._loading
        if earlier is None:
            return
        self._wait(earlier, progress)
        self._loading = None
        if earlier.made:
            self.held.put(earlier.made)

    def _taken(self, loading: _Loading) -> StillCheckpoint:
        self._loading = None
        if loading.error:
            raise loading.error
        assert loading.made
        self.held.put(loading.made)
        return loading.made

    @staticmethod
    def _wait(loading: _Loading, progress: StillProgress) -> None:
        while not loading.done.wait(_LOOK_S):
            progress.loads()
