"""Makes the compiled functions of each shape: in a child process, whose work is loaded here, or in
this one where there is no room for a second."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Hashable

from lib.engine.engine import first_line
from lib.engine.turbo.cache_warmer import CacheWarmer, WarmedCache
from lib.engine.turbo.compiling import MOST_COMPILATIONS
from lib.engine.turbo.graph_buffers import GraphShape
from lib.engine.turbo.img2img import FrameFunctions
from lib.engine.turbo.saved_functions import SavedFunctions, import_compiler, load

log = logging.getLogger(__name__)


class ShapeCompiler:
    """Called by the preparing thread alone, but for `rest`."""

    def __init__(
        self,
        here: FrameFunctions,
        warmer: CacheWarmer | None = None,
        tuned: FrameFunctions | None = None,
    ) -> None:
        """`here` are compiled in this process at their first call; so are `tuned`, by the longest
        search, where that is asked for."""
        self.here, self.tuned, self.warmer = here, tuned, warmer
        if warmer is not None:
            import_compiler()
        # What the child process has compiled: until it is loaded, and then.
        self._saved: dict[Hashable, SavedFunctions] = {}
        self.loaded: OrderedDict[Hashable, FrameFunctions] = OrderedDict()

    def start(self, shape: GraphShape, tunes: bool) -> bool:
        """In the child process; False where there is no room for it."""
        if self.warmer is None or not self.warmer.has_room():
            return False
        self.warmer.start(shape, tunes)
        return True

    def poll(self) -> WarmedCache | None:
        """The child's answer, if there is one by now."""
        warmed = None if self.warmer is None else self.warmer.poll()
        if warmed is not None and not warmed.trouble:
            self._saved[warmed.shape.compiled_for] = warmed.saved
        return warmed

    def rest(self) -> None:
        """End the child, which holds the weights a second time."""
        if self.warmer is not None:
            self.warmer.close()

    def is_cached(self, shape: GraphShape) -> bool:
        """Whether the child has compiled for it: if only into the compiler's cache."""
        return shape.compiled_for in self._saved

    def functions(self, shape: GraphShape, tunes: bool) -> FrameFunctions:
        """What the child compiled for it. Without that, they are traced here when they are
        called."""
        key = shape.compiled_for
        if saved := self._saved.get(key):
            self._saved[key] = ()
            try:
                self.loaded[key] = load(saved)
            except Exception as error:  # noqa: BLE001 - torch calls it an experiment
                reason = first_line(error)
                log.warning("what was compiled for %s cannot be loaded: %s", shape, reason)
        own = self.tuned if tunes and self.tuned is not None else self.here
        return self.loaded.get(key, own)

    def surplus(self) -> Hashable | None:
        """What was loaded first, where there is too much; its shape is to be compiled anew."""
        if len(self.loaded) <= MOST_COMPILATIONS:
            return None
        gone, _ = self.loaded.popitem(last=False)
        del self._saved[gone]
        return gone
