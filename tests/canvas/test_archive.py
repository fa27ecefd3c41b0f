"""Maps that come and go as a zip."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from typing import Any

import pytest

from tests.canvas.client import new_id
from tests.canvas.conftest import Person
from tests.stills.service.scripted import Service, png

PLAIN: dict[str, Any] = {
    "nodes": [
        {"id": "a", "type": "text", "text": "hello", "x": 0, "y": 0, "width": 100, "height": 50},
        {"id": "b", "type": "file", "file": "../p.png", "x": 5, "y": 6, "width": 9, "height": 9},
        {
            "id": "c",
            "type": "link",
            "url": "https://x.y",
            "x": 1,
            "y": 1,
            "width": 99,
            "height": 99,
        },
    ],
    "edges": [{"id": "e", "fromNode": "a", "toNode": "b"}],
}


def zipped(canvas: object, **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("m.canvas", json.dumps(canvas))
        for name, data in files.items():
            target.writestr(name, data)
    return out.getvalue()


def take(person: Person, data: bytes, status: int = 201) -> Any:
    told = person.send("POST", "/maps/import", content=data)
    assert told.status_code == status, told.text
    return told.json()


def test_a_map_comes_back_as_it_was(anna: Person, ben: Person) -> None:
    ref = anna.make()
    picture = anna.send("POST", f"/maps/{ref}/pictures", content=png(colour=3)).json()["id"]
    with anna.on(ref) as page:
        parent, child = page.node(at=[10, 20]), page.node(prompt="a cat", seed=3, power=0.5)
        page.ask("show", parent, picture=picture)
        page.write("node", child, reference=picture)
        page.write("edge", new_id(), ends=[parent, child])
        page.node(deleted=True)
        page.settle()
    whole = anna.send("GET", f"/maps/{ref}/export")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as there:
        (name,) = [one for one in there.namelist() if one.endswith(".canvas")]
        canvas = json.loads(there.read(name))
    assert {one["type"] for one in canvas["nodes"]} == {"file", "text"}
    assert len(canvas["nodes"]) == 2 and len(canvas["edges"]) == 1
    again = take(ben, whole.content)
    assert again["nodes"] == 2
    with ben.on(again["id"]) as page:
        nodes = {str(one["at"]): one for one in page.replica.base.nodes.values()}
        first, second = nodes["[10.0, 20.0]"], nodes["[0.0, 0.0]"]
        assert (second["prompt"], second["seed"], second["power"]) == ("a cat", 3, 0.5)
        assert second["reference"] == first["picture"] != picture
        assert first["owner"] == page.you["person"]
        assert len(page.replica.base.edges) == 1


def test_other_programs_maps_are_taken(anna: Person) -> None:
    there = take(anna, zipped(PLAIN, **{"../p.png": png()}))
    with anna.on(there["id"]) as page:
        nodes = page.replica.base.nodes.values()
        assert sorted(str(one.get("text", "")) for one in nodes) == ["", "hello", "https://x.y"]
        assert [one["picture"] for one in nodes if one["type"] == "still"]
    assert take(anna, zipped(PLAIN))["name"] != there["name"]


def many() -> bytes:
    return zipped(PLAIN, **{f"{one}.png": b"x" for one in range(2001)})


def told(size: int, says: int) -> bytes:
    """With a picture that says another size of itself than it has."""
    data = zipped(PLAIN, **{"../p.png": bytes(size)})
    return data.replace(struct.pack("<I", size), struct.pack("<I", says))


def long_list() -> bytes:
    return zipped(PLAIN, **{f"{one:0200}": b"" for one in range(6000)})


def odd_packing() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as target:
        target.writestr("m.canvas", json.dumps(PLAIN))
    return out.getvalue()


BOMBS = {
    "no zip": (lambda: b"nonsense" * 100, "no zip"),
    "no map": (lambda: zipped(PLAIN).replace(b"m.canvas", b"m.canvaz"), "one file that ends in"),
    "many entries": (many, "more than 2000 entries"),
    "a long list": (long_list, "no zip"),
    "too large": (lambda: told(100_003, 501_000_000), "more than 500 MB"),
    "a large picture": (lambda: told(40_000_003, 40_000_003), "too large"),
    "a lie": (lambda: told(40_000_003, 1003), "cannot be unpacked"),
    "no picture": (lambda: zipped(PLAIN, **{"../p.png": b"GIF89a"}), "cannot be used"),
    "no canvas": (lambda: zipped({"nodes": [{"id": 1}]}), "no JSON Canvas"),
    "no place": (lambda: zipped({"nodes": [PLAIN["nodes"][0] | {"x": "far"}]}), "no JSON Canvas"),
    "no number": (lambda: zipped({"nodes": [PLAIN["nodes"][0] | {"x": 10**400}]}), "no JSON"),
    "an odd packing": (odd_packing, "pack it with deflate"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_no_map_is_refused_with_a_sentence(name: str, anna: Person) -> None:

    make, expected = BOMBS[name]
    before = len(anna.send("GET", "/maps").json()["maps"])
    said = take(anna, make(), 422)["detail"]
    assert re.search(expected, said), said
    assert len(anna.send("GET", "/maps").json()["maps"]) == before


def test_nothing_of_a_refused_zip_stays(tokens: Service, anna: Person) -> None:
    book = tokens.parts.ledgers.kept.book
    before = book.number("SELECT COUNT(*) FROM picture")
    nodes = [PLAIN["nodes"][1], PLAIN["nodes"][1] | {"id": "z", "file": "bad.png"}]
    data = zipped({"nodes": nodes}, **{"../p.png": png(colour=43), "bad.png": b"GIF89a"})
    take(anna, data, 422)
    assert book.number("SELECT COUNT(*) FROM picture") == before
