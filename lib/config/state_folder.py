"""The folder for what outlives a show: parameters, presets, cues, stills."""

from __future__ import annotations

import os
from pathlib import Path

from lib.config.settings import ROOT, PrimarySettings


def state_folder(settings: PrimarySettings) -> Path:
    """The folder that the settings name, else systemd's, else one beside app.py."""
    if settings.state_dir:
        return Path(settings.state_dir).expanduser()
    given = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(given) if given else ROOT / "state"
