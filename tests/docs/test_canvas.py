from __future__ import annotations

import re

from lib.canvas.messages import CanvasMessage
from lib.config.settings import ROOT
from tests.stills.service.scripted import running

PAGE = ROOT / "docs" / "canvas.md"


def test_the_page_names_every_address_and_every_message() -> None:
    text = PAGE.read_text("utf-8")
    with running() as service:
        paths = service.client.get("/openapi.json").json()["paths"]
    maps = [path.replace("{ref}", "{map}") for path in paths if path.startswith("/maps")]
    assert len(maps) > 10
    for path in maps:
        assert re.search(rf"{re.escape(path)}[`?]", text), path
    for kind in CanvasMessage.__args__:
        (name,) = kind.model_fields["what"].annotation.__args__
        assert f"`{name}`" in text or f'"{name}"' in text, name
