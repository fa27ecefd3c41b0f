"""One map, open at two services that share a ledger in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.canvas.client import CanvasClient, new_key
from tests.canvas.conftest import CONTROL, GUEST
from tests.stills.ledger import ledgers
from tests.stills.service.scripted import Service, Worker, running, until

pytestmark = pytest.mark.skipif(
    bool(ledgers.WITHOUT_POSTGRES), reason=f"{ledgers.WITHOUT_POSTGRES}: one service has a ledger"
)


@pytest.fixture
def pair() -> Iterator[tuple[Service, Service]]:
    given = {"ledger": ledgers.empty_database(), "control_token": CONTROL, "guest_token": GUEST}
    with running(**given) as first, running(**given) as second:
        for one in (first, second):
            one.client.headers["Authorization"] = f"Bearer {CONTROL}"
        yield first, second


def test_what_is_written_at_both_is_the_same_map_at_both(pair: tuple[Service, Service]) -> None:
    first, second = pair
    keys = (new_key(), new_key())
    maker = {"Cookie": f"afterimage-owner={keys[0]}"}
    ref = first.client.post("/maps", json={"name": "both"}, headers=maker).json()["id"]
    pages = [
        CanvasClient(one.address, ref, key, GUEST) for one, key in zip(pair, keys, strict=True)
    ]
    with pages[0] as here, pages[1] as there:
        nodes = [page.node(seed=number) for number in range(20) for page in pages]
        for page in pages:
            page.settle()
        for page in pages:
            page.until(lambda document: document.nodes.keys() == set(nodes))
        assert here.replica.base == there.replica.base
        # A job that is asked for at one, made at the other, is on the pages of both.
        here.write("node", nodes[0], prompt="on a map", engine="identity")
        here.settle()
        assert here.ask("generate", nodes[0])["ok"]
        worker = Worker(second, "identity")
        lease = worker.claim()
        assert worker.finish(lease).status_code == 200
        for page in pages:
            page.until(lambda document: document.nodes[nodes[0]].get("picture"))
        assert here.replica.base == there.replica.base
        # A password that it gets at one shuts it at the other.
        locked = first.client.put(
            f"/maps/{ref}/password", json={"password": "sesame"}, headers=maker
        )
        assert locked.status_code == 200, locked.text
        assert there.wait(lambda one: one["what"] == "closed")["why"] == "password"
    guest = {"Authorization": f"Bearer {GUEST}"}
    assert second.client.get(f"/maps/{ref}/export", headers=guest).status_code == 403
    assert first.client.delete(f"/maps/{ref}").status_code == 200
    assert until(lambda: second.client.get(f"/maps/{ref}").status_code == 404)
