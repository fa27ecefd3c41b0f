"""Sources, engines and outputs, each by its name: one file of its own and one line here.

A place is written package.module:factory. What is not in a table can be named in that form by the
operator, in flags and `.env` alone: `--engine mine.grey:Grey`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

# factory(settings, place: lib.stream.capture.source.SourcePlace) -> Source
SOURCES: Mapping[str, str] = {
    "pattern": "lib.stream.capture.pattern:open_pattern",
    "video": "lib.stream.capture.files:open_files",
    "camera": "lib.stream.capture.camera:open_camera",
    "zmq": "lib.stream.capture.remote:open_remote",
}
# factory(settings, why: str) -> Engine; `why` is a part of what it says about itself
ENGINES: Mapping[str, str] = {
    "identity": "lib.engine.identity:open_identity",
    "painter": "lib.engine.painter.opening:open_painter",
    "turbo": "lib.engine.turbo:open_turbo",
}
# factory(settings, resources: ExitStack) -> lib.stream.output.Output, or None where it is off
OUTPUTS: Mapping[str, str] = {
    "feed": "lib.stream.output:open_feed",
    "plain": "lib.stream.output:open_plain",
}

OWN = "package.module:factory"
_PLACE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class PluginError(Exception):
    """It cannot be loaded; the text is one sentence for the person at the machine."""


def load(name: str, table: Mapping[str, str]) -> Any:
    """The factory by its name in the table, or by its place."""
    place = table.get(name, name)
    module, _, factory = place.partition(":")
    try:
        return getattr(importlib.import_module(module), factory)
    except Exception as error:  # whatever a stranger's module does while it is imported
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise PluginError(f"{place} cannot be loaded: {lines[0][:300]}") from error


def choices(table: Mapping[str, str]) -> list[str]:
    """What the setting that names one may be, as its help shows it."""
    return ["auto", *table, OWN]


def check(name: str, table: Mapping[str, str]) -> str:
    if name in ("auto", *table) or _PLACE.fullmatch(name):
        return name
    known = ", ".join(repr(one) for one in ("auto", *table))
    raise ValueError(f"must be {known} or {OWN}, not {name[:80]!r}")
