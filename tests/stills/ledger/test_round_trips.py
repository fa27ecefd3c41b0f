"""How often a service waits for its PostgreSQL, and that what is sent together is kept together."""

from __future__ import annotations

import itertools
import selectors
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.postgres import PORT
from lib.stills.ledger import statements as sql
from lib.stills.ledger.errors import InvalidStillError
from lib.stills.ledger.leases import Offer
from lib.stills.ledger.ledger import Ledger, open_shared_ledger
from lib.stills.ledger.queue import Asker, StillRequest
from tests.stills.ledger import ledgers

pytestmark = pytest.mark.skipif(
    bool(ledgers.WITHOUT_POSTGRES), reason=f"{ledgers.WITHOUT_POSTGRES}: SQLite alone is tested"
)


class Relay:
    """Between the two: counts how often what goes to the server follows what came from it."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.trips, self._server = 0, server / f".s.PGSQL.{PORT}"
        self._listener = socket.create_server(
            str(folder / f".s.PGSQL.{PORT}"), family=socket.AF_UNIX
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        there, answered = selectors.DefaultSelector(), True
        there.register(client, selectors.EVENT_READ, server)
        there.register(server, selectors.EVENT_READ, client)
        with client, server:
            while True:
                for key, _ in there.select():
                    came, to = key.fileobj, key.data
                    assert isinstance(came, socket.socket)
                    if not (data := came.recv(65536)):
                        return
                    self.trips += answered and came is client
                    answered = came is server
                    to.sendall(data)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    one = Relay(tmp_path, ledgers.server().folder)
    yield one
    one.close()


@pytest.fixture
def ledger(relay: Relay, tmp_path: Path) -> Iterator[Ledger]:
    there = ledgers.empty_database()
    folder = str(ledgers.server().folder)
    assert folder in there
    one = open_shared_ledger(there.replace(folder, str(tmp_path)))
    yield one
    one.close()


def test_a_change_waits_for_the_server_a_few_times(ledger: Ledger, relay: Relay) -> None:
    """Through a network each is a thousandth of a second in which nobody else may write."""

    def trips_of(number: int) -> list[int]:
        begun = [relay.trips]
        ledger.queue.submit(StillRequest({"prompt": f"picture {number}"}), Asker("a"))
        begun.append(relay.trips)
        still = ledger.leases.claim(Offer(f"claim {number:04}"))
        begun.append(relay.trips)
        assert still is not None
        ledger.leases.beat(still.id, still.token)
        begun.append(relay.trips)
        ledger.leases.finish(still.id, still.token, 0, b"picture %d" % number, "png")
        begun.append(relay.trips)
        return [after - before for before, after in itertools.pairwise(begun)]

    trips_of(0)  # on a connection that is not made yet
    asked, claimed, beaten, finished = trips_of(1)
    assert asked <= 8 and claimed <= 7 and beaten <= 4 and finished <= 10


def test_what_is_sent_with_the_end_and_refused_is_told_and_nothing_of_it_kept(
    ledger: Ledger,
) -> None:
    still = ledger.queue.submit(StillRequest({"prompt": "x"}), Asker("a"))
    last = ledger.history.last_event()
    with pytest.raises(InvalidStillError), ledger.book.writing() as now_ns:
        ledger.book.tell(still.id, "joined", now_ns)
        ledger.book.run("UPDATE job SET side = ? WHERE id = ?", (1 << 40, still.id))
        ledger.book.run(sql.NOTE_AWAY, (1,))
    assert ledger.history.last_event() == last
    ledger.queue.cancel(still.id, "on the same connection")
    assert [one.what for one in ledger.history.events(last)] == ["cancelled"]
