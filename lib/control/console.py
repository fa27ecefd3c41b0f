"""All that a door plays on, put together: the session, its presets and its cues."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lib.config.settings import Primary
from lib.control.attend import Attend
from lib.control.board import Board
from lib.control.cuer import Cuer, CueTimer
from lib.control.desk import Desk
from lib.control.notices import Notices
from lib.control.presets import Presets
from lib.control.store import Store, state_folder
from lib.control.sync import Sync
from lib.prompts.policy import Checker
from lib.stage import Stage


@dataclass(frozen=True)
class Console:
    """The parts, each made from those before it."""

    board: Board
    notices: Notices
    store: Store
    desk: Desk
    presets: Presets
    cues: Cuer
    sync: Sync
    attend: Attend

    @property
    def warnings(self) -> list[str]:
        """What the people in charge should know, in plain words."""
        return [*self.notices.current, *self.cues.warnings]

    def stages(self) -> list[Stage]:
        """In the order of the flow: the store last, since all others hand it something."""
        return [CueTimer(self.cues), self.attend, self.sync, self.store]


def open_console(settings: Primary, run_dir: Path, checker: Checker | None = None) -> Console:
    notices = Notices()
    folder = state_folder(settings)
    store = Store(folder, notices)
    board = Board(settings.played)
    desk = Desk(board, store, notices, settings, checker)
    presets = Presets(desk, store, notices)
    cues = Cuer(desk, presets, store, notices)
    sync = Sync(run_dir, board, desk.adopt)
    attend = Attend((folder, run_dir), notices)
    return Console(board, notices, store, desk, presets, cues, sync, attend)
