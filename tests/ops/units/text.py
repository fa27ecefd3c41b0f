"""A unit file as a test sees it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import NamedTuple

from lib.ops.units.site import SOURCE


class Unit(NamedTuple):
    """All its settings in order; what stands twice is there twice."""

    path: Path
    settings: list[tuple[str, str, str]]  # section, key, value

    def all(self, key: str) -> list[str]:
        return [value for _, name, value in self.settings if name == key]

    def one(self, key: str) -> str:
        (value,) = self.all(key)
        return value

    def words(self, key: str, instance: str = "0") -> list[str]:
        """As systemd splits them, for this instance; its directories become the test's own."""
        words = []
        for value in self.all(key):
            named = value.replace("%i", instance).replace("%p", self.path.name.split("@")[0])
            words += shlex.split(named)
        return words


def read(name: str) -> Unit:
    path = SOURCE / name
    section, settings = "", []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", ";")):
            key, value = line.split("=", 1)
            settings.append((section, key, value))
    return Unit(path, settings)
