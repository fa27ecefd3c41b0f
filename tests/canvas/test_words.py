"""Words that are refused: at once by the list, and at Generate by everything else."""

from __future__ import annotations

from tests.canvas.client import CanvasClient
from tests.canvas.test_archive import PLAIN, zipped
from tests.stills.service.scripted import running


def test_typed_words_go_through_the_list_at_once() -> None:
    with running(safety=True) as service:
        key = "k" * 22
        service.client.headers["Cookie"] = f"afterimage-owner={key}"
        made = service.client.post("/maps", json={"name": "m"})
        assert made.status_code == 201
        assert service.client.post("/maps", json={"name": "swastika"}).status_code == 422
        more = {"type": "still", "used": {"prompt": "a swastika"}}  # what Copy prompt would copy
        canvas = {"nodes": [PLAIN["nodes"][0] | {"afterimage": more}]}
        assert service.client.post("/maps/import", content=zipped(canvas)).status_code == 422
        with CanvasClient(service.address, made.json()["id"], key) as page:
            node = page.node(prompt="a garden")
            page.settle()
            page.write("node", node, prompt="a swastika", text="a swastika")
            page.settle()
            assert len(page.replica.refusals) == 2
            assert page.replica.shown().nodes[node]["prompt"] == "a garden"
            page.say({"what": "me", "name": "swastika"})
            page.wait(lambda one: one["what"] == "refused-message")
