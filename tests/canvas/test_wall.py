"""What crosses between a map and the wall, and who may have it cross."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.canvas.conftest import CONTROL, GUEST, Person
from tests.control.who import ANNA
from tests.rig import until
from tests.stills.service.scripted import Service, running
from tests.web.conftest import Host, running_host


@pytest.fixture(scope="module")
def wall() -> Iterator[Host]:
    with running_host(control_token=CONTROL) as host:
        yield host


@pytest.fixture(scope="module")
def tokens(wall: Host) -> Iterator[Service]:
    tokens = {"control_token": CONTROL, "guest_token": GUEST}
    with running(settings_port=wall.http_port, **tokens) as service:
        yield service


def light(person: Person) -> float:
    """How bright the live picture is, once it is fetched anew."""
    answer = person.send("GET", "/maps/live.jpg?side=64")
    assert answer.status_code == 200, answer.text
    image = Image.open(io.BytesIO(answer.content))
    assert max(image.size) == 64
    return float(np.asarray(image).mean())


def test_the_live_picture_is_as_dark_as_the_wall_and_never_the_raw_source(
    tokens: Service, operator: Person, wall: Host
) -> None:
    wall.session.play({"opacity": 1.0, "black": False}, ANNA)
    whole = light(operator)
    assert whole > 10
    wall.session.play({"opacity": 0.5}, ANNA)
    assert until(lambda: 0.35 * whole < light(operator) < 0.65 * whole)
    wall.session.play({"black": True}, ANNA)
    assert until(lambda: light(operator) == 0)
    wall.session.play({"black": False, "opacity": 1.0, "passthrough": True}, ANNA, sure=True)
    assert until(lambda: operator.send("GET", "/maps/live.jpg").status_code == 422)
    with operator.on(operator.make()) as page:
        node = page.node()
        page.settle()
        told = page.ask("capture", node)
        assert not told["ok"] and "raw source" in told["detail"]
    wall.session.play({"passthrough": False}, ANNA)


def test_a_frame_becomes_a_node_and_a_nodes_words_the_walls(
    tokens: Service, operator: Person, anna: Person, wall: Host
) -> None:
    ref = operator.make()
    with operator.on(ref) as page, anna.on(ref) as guest:
        node = page.node(prompt="a lighthouse", seed=12)
        assert page.ask("capture", node)["ok"]
        page.until(lambda there: there.nodes[node].get("picture"))
        guest.until(lambda there: there.nodes.get(node, {}).get("picture"))
        picture = page.replica.base.nodes[node]["picture"]
        assert anna.send("GET", f"/pictures/{picture}").status_code == 200
        assert page.ask("to_wall", node, glide_s=0.2)["ok"]
        assert until(lambda: wall.session.played.prompt == "a lighthouse")
        assert until(lambda: wall.session.played.seed == 12)
        hers = guest.node(prompt="a riot")
        guest.settle()
        for what in ("capture", "to_wall"):
            told = guest.ask(what, hers)
            assert not told["ok"] and "control token" in told["detail"]
        assert wall.session.played.prompt == "a lighthouse"
