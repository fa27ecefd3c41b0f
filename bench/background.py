"""Something that goes on beside the rest, on a thread of its own."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Self


class Background(ABC):
    """Runs from entering to leaving; `run` looks at `quit` now and then."""

    def __init__(self) -> None:
        self.quit = threading.Event()
        self._thread = threading.Thread(target=self.run, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.quit.set()
        self._thread.join(20)

    @abstractmethod
    def run(self) -> None: ...
