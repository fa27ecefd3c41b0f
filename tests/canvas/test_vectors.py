"""One behaviour in two languages: these files say what a page shows after what has happened, and
tests/canvas/page replays the same ones in a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lib.core.canvas.document import shown_edges, shown_nodes
from lib.core.canvas.replica import CanvasReplica, op_to_wire
from lib.core.canvas.undo import FieldChange, UndoStack

VECTORS = sorted((Path(__file__).parent / "vectors").glob("*.json"))
FRESH = "fresh00000000000"


class Player:
    def __init__(self, client: str) -> None:
        self.replica = CanvasReplica(client)
        self.undo = UndoStack(self.replica)

    def play(self, step: dict[str, Any]) -> None:
        match step["do"]:
            case "write":
                self.undo.write([FieldChange(*one) for one in step["changes"]])
            case "undo":
                self.undo.undo()
            case "redo":
                self.undo.redo()
            case "welcome":
                if not self.replica.welcome(step["message"], FRESH):
                    self.undo.drop()
            case "message":
                self.replica.take(step["message"])
            case "expect":
                self.check(step)

    def check(self, step: dict[str, Any]) -> None:
        replica, shown = self.replica, self.replica.shown()
        found = {
            "nodes": shown.nodes,
            "edges": shown.edges,
            "base": replica.base.nodes,
            "pending": [op.n for op in replica.pending],
            "seq": replica.seq,
            "decided": replica.decided,
            "shown": sorted(shown_nodes(shown)),
            "shown_edges": sorted(shown_edges(shown)),
            "send": [op_to_wire(op) for op in replica.send(step.get("send_from", 0))],
            "fresh": replica.client == FRESH,
            "hello": {one: replica.hello()[one] for one in ("epoch", "since", "n")},
        }
        for name in step.keys() - {"do", "send_from"}:
            assert found[name] == step[name], name


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_page_shows_what_the_vector_says(path: Path) -> None:
    vector = json.loads(path.read_text("utf-8"))
    player = Player(vector["client"])
    for step in vector["steps"]:
        player.play(step)
    assert any(step["do"] == "expect" for step in vector["steps"])
