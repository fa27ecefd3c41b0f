"""A ledger that is put in the place of the one that pages know leaves no ghosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.stills.ledger.backup import backup, restore
from tests.canvas.client import CanvasClient, new_key
from tests.stills.service.scripted import running


def test_pages_drop_what_they_hold_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib.canvas.rooms.BEATS_ALIVE", 1)  # it looks every five seconds
    with running() as service:
        key = new_key()
        service.client.headers["Cookie"] = f"afterimage-owner={key}"
        ref = service.client.post("/maps", json={"name": "m"}).json()["id"]
        with CanvasClient(service.address, ref, key) as page:
            kept = page.node(at=[1, 1])
            page.settle()
            backup(service.folder, tmp_path / "copy")
            ghost = page.node(at=[2, 2])
            page.settle()
            restore(service.folder, tmp_path / "copy")
            page.wait(lambda one: one["what"] == "reset", 15)
            assert page.gone()
            page.replica.write("node", ghost, "at", [3, 3])
            client = page.replica.client
            page.open()
            page.settle()
            assert page.replica.client != client
            assert set(page.replica.base.nodes) == {kept}
            page.write("node", kept, at=[4, 4])
            page.settle()
            assert page.replica.refusals == []
