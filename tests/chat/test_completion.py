"""How a line may go on."""

from __future__ import annotations

import pytest

from lib.chat.commands import COMMANDS, HELP
from lib.chat.completion import suggestions
from lib.config.controls import CONTROLS

PRESETS = ("dusk", "Dawn", "evening mood")


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("/see", ["/seed"]),
        ("/PRES", ["/presets", "/preset"]),
        ("/mirror ", ["on", "off"]),
        ("/mirror of", ["off"]),
        ("/preset d", ["dusk", "Dawn"]),
        ("/preset evening m", ["evening mood"]),
        ("/delete e", ["evening mood"]),
        ("/cue p", ["pause"]),
        ("/help red", ["redo"]),
        ("/seed 1", []),
        ("a forest", []),
        ("", []),
    ],
)
def test_ways(line: str, texts: list[str]) -> None:
    found = suggestions(line, PRESETS)
    assert [way.text for way in found] == texts
    for way in found:
        assert (line[: len(line) - way.replaces] + way.text).casefold().startswith(line.casefold())


def test_everything_that_can_be_typed_can_be_completed_and_is_in_the_help() -> None:
    known = {way.text for way in suggestions("/", ())}
    assert known == {f"/{name}" for name in [*CONTROLS, *COMMANDS]}
    assert all(name in HELP for name in known)
    assert not CONTROLS.keys() & COMMANDS.keys()
