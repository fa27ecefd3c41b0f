"""The addresses of maps: who may what, and what is closed to whom."""

from __future__ import annotations

import time

import pytest

from lib.canvas.store import BIN_S
from lib.core.canvas.order import CanvasOrder
from lib.core.still import Keep
from lib.http.rate_limit import RateLimit
from tests.canvas.conftest import Person, somebody
from tests.stills.service.scripted import Service, Worker, png


def test_maps_are_made_by_guests_and_changed_by_the_operator(
    anna: Person, operator: Person
) -> None:
    ref = anna.make()
    name = anna.send("GET", f"/maps/{ref}").json()["name"]
    assert anna.send("GET", f"/maps/{name}").json()["id"] == ref
    assert anna.send("POST", "/maps", json={"name": name}).status_code == 409
    assert anna.send("POST", "/maps", json={"name": "a/b"}).status_code == 422
    for method, path, body in (
        ("PATCH", f"/maps/{ref}", {"name": "x"}),
        ("DELETE", f"/maps/{ref}", None),
        ("POST", f"/maps/{ref}/restore", None),
        ("GET", "/maps?deleted=1", None),
        ("GET", "/maps/live.jpg", None),
    ):
        assert anna.send(method, path, json=body).status_code == 403, path
    assert operator.send("PATCH", f"/maps/{ref}", json={"name": f"{name} b"}).status_code == 200
    with anna.on(ref) as page:
        node = page.node()
        page.settle()
        assert operator.send("DELETE", f"/maps/{ref}").json()["deleted"]
        assert page.wait(lambda one: one["what"] == "closed")["why"] == "deleted"
    assert anna.send("GET", f"/maps/{ref}").status_code == 404
    assert ref in [one["id"] for one in operator.send("GET", "/maps?deleted=1").json()["maps"]]
    assert operator.send("POST", f"/maps/{ref}/restore").status_code == 200
    with anna.on(ref) as page:
        assert node in page.replica.base.nodes


def test_what_is_on_a_map_with_a_password_is_seen_by_nobody_else(
    tokens: Service, anna: Person, ben: Person, operator: Person
) -> None:
    ref = anna.make("under the mat")
    with anna.on(ref) as page:
        node = page.node(prompt="a secret cat", seed=4)
        assert page.ask("generate", node)["ok"]
        page.until(lambda there: there.nodes[node].get("job"))
        job = page.replica.base.nodes[node]["job"]
        worker = Worker(tokens)
        lease = worker.claim()
        worker.finish(lease)
        page.until(lambda there: there.nodes[node].get("picture"))
        picture = page.replica.base.nodes[node]["picture"]
    mask = anna.send("POST", f"/maps/{ref}/pictures", content=png()).json()["id"]

    def closed_to(person: Person) -> bool:
        seen = [person.send("GET", f"/pictures/{one}").status_code == 200
                for one in (picture, mask)]  # fmt: skip
        seen += ["secret" in person.send("GET", path).text
                 for path in ("/gallery", "/jobs", f"/jobs/{job}")]  # fmt: skip
        seen.append(person.send("GET", f"/maps/{ref}/export").status_code == 200)
        assert len(set(seen)) == 1, seen
        return not seen[0]

    assert closed_to(ben) and not closed_to(anna) and not closed_to(operator)
    made = ben.send("POST", "/jobs", json={"prompt": "x", "image": picture})
    assert made.status_code == 404
    with ben.on(ben.make()) as page:
        page.node(prompt="x", reference=picture)
        page.settle()
        assert page.replica.refusals == ["there is no such picture"]
        assert not page.ask("show", page.node(), picture=picture)["ok"]
    with pytest.raises(AssertionError, match="password"):
        ben.on(ref).open()
    assert ben.send("POST", f"/maps/{ref}/open", json={"password": "guess"}).status_code == 403
    assert ben.send("POST", f"/maps/{ref}/open", json={"password": "under the mat"}).json()["open"]
    assert not closed_to(ben)
    with ben.on(ref) as page:
        told = anna.send("PUT", f"/maps/{ref}/password", json={"password": "another"})
        assert told.json()["locked"]
        assert page.wait(lambda one: one["what"] == "closed")["why"] == "password"
    assert closed_to(ben) and not closed_to(anna)
    assert ben.send("PUT", f"/maps/{ref}/password", json={"password": ""}).status_code == 403
    anna.send("PUT", f"/maps/{ref}/password", json={"password": ""})
    assert not closed_to(ben)


def test_an_equal_job_from_elsewhere_is_another_job(tokens: Service, anna: Person) -> None:
    """Else whoever asks for the same words would be handed the picture of a closed map."""
    with anna.on(anna.make("hush")) as page:
        node = page.node(prompt="the same cat", seed=11)
        page.ask("generate", node)
        page.until(lambda there: there.nodes[node].get("job"))
        mine = page.replica.base.nodes[node]["job"]
        other = tokens.ask("the same cat", seed=11)
        assert other["id"] != mine
        for job in (mine, other["id"]):
            tokens.client.delete(f"/jobs/{job}", params={"all": True})


def test_what_is_on_a_map_is_kept_and_what_leaves_it_is_history(
    tokens: Service, anna: Person
) -> None:
    ledger = tokens.parts.ledgers.kept
    ref = anna.make()
    with anna.on(ref) as page:
        picture = anna.send("POST", "/pictures", content=png(colour=77)).json()["id"]
        assert (kept := ledger.history.kept(picture)) and kept.keep == Keep.HISTORY
        told = anna.send("POST", f"/maps/{ref}/nodes", json={"picture": picture}).json()
        node = told["node"]
        page.until(lambda there: there.nodes.get(node, {}).get("picture") == picture)
        assert (kept := ledger.history.kept(picture)) and kept.keep == Keep.CANVAS
        assert anna.send("DELETE", f"/pictures/{picture}").status_code == 409
        assert anna.send("DELETE", f"/maps/{ref}/nodes/{node}").status_code == 409
        page.write("node", node, deleted=True)
        page.settle()
        page.write("node", node, deleted=False)  # back within seven days
        page.write("node", node, deleted=True)
        page.settle()
        assert anna.send("DELETE", f"/maps/{ref}/nodes/{node}").status_code == 200
        page.wait(lambda one: one["what"] == "gone")
        assert node not in page.replica.base.nodes
    assert anna.send("DELETE", f"/pictures/{picture}").status_code == 200


def test_the_gallery_goes_to_the_canvas_with_its_words(tokens: Service, anna: Person) -> None:
    job = tokens.made("a red kite", seed=5)
    ref = anna.make()
    told = anna.send("POST", f"/maps/{ref}/nodes", json={"job": job["id"]})
    assert told.status_code == 201
    with anna.on(ref) as page:
        node = page.replica.base.nodes[told.json()["node"]]
        assert (node["prompt"], node["seed"]) == ("a red kite", 5)
        assert node["picture"] == job["pictures"][0]
        assert node["owner"] == page.you["person"]


def test_a_person_goes_to_another_device_once(anna: Person, ben: Person) -> None:
    code = anna.send("POST", "/maps/device").json()["code"]
    assert ben.send("GET", f"/maps/person?code={code}").status_code == 200
    moved = ben.send("POST", "/maps/person", json={"code": code})
    assert f"afterimage-owner={anna.key};" in moved.headers["set-cookie"]
    assert "HttpOnly" in moved.headers["set-cookie"]
    assert ben.send("POST", "/maps/person", json={"code": code}).status_code == 403


def test_nodes_of_somebody_who_is_long_away_are_taken_over(
    tokens: Service, anna: Person, ben: Person
) -> None:
    ref = anna.make()
    with anna.on(ref) as page:
        node = page.node()
        page.settle()
        person = page.you["person"]
    with ben.on(ref) as page:
        assert "30 days" in page.ask("take", node)["detail"]
        room = tokens.besides[0].rooms.rooms[ref]
        room.loaded.people[person].seen_s -= 31 * 86400
        assert page.ask("take", node)["ok"]
        page.write("node", node, at=[1, 1])
        page.settle()
        assert page.replica.refusals == []


def test_bins_are_emptied_after_seven_days(tokens: Service, anna: Person) -> None:
    store = tokens.besides[0].rooms.store
    ref, other = anna.make(), anna.make()
    store.delete(ref)
    with anna.on(other) as page:
        page.write("node", page.node(), deleted=True)
        page.settle()
    now_s = int(time.time())
    assert other not in store.to_purge(now_s - BIN_S)
    assert other in store.to_purge(now_s + 1)
    store.sweep(now_s + BIN_S - 60)
    assert store.find(ref, deleted=True)
    store.sweep(now_s + BIN_S + 60)
    assert ref not in [one.id for one in store.maps(deleted=True)]


@pytest.mark.parametrize("name", [" ", ".", "..", "gpj.\u202ekitten", "a\u0085b", "\u200b"])
def test_a_name_can_be_read_and_stands_in_an_address(name: str, anna: Person) -> None:
    assert anna.send("POST", "/maps", json={"name": name}).status_code == 422


def test_a_map_that_is_called_as_another_ones_id_gets_nothing_of_it(
    tokens: Service, anna: Person, ben: Person
) -> None:
    ref = anna.make()
    assert ben.send("POST", "/maps", json={"name": ref}).status_code == 409
    store = tokens.besides[0].rooms.store
    store._ledger.book.run("UPDATE map SET name = ? WHERE id = ?", (ref, ben.make()))  # of before
    assert anna.send("GET", f"/maps/{ref}").json()["id"] == ref
    with anna.on(ref) as page:
        page.node()
        page.settle()
        assert tokens.besides[0].rooms.rooms[ref].id == ref


def test_one_guest_does_not_make_all_the_maps(tokens: Service, operator: Person) -> None:
    with somebody(tokens) as person:
        desk = tokens.besides[0]._desk
        desk._making, before = RateLimit(a_second=1 / 30, at_once=1), desk._making
        try:
            made = [person.send("POST", "/maps", json={"name": f"of many {at}"}) for at in range(7)]
        finally:
            desk._making = before
        assert [one.status_code for one in made] == [201] * 5 + [429] * 2
        assert "try again in" in made[-1].json()["detail"]
    assert operator.send("POST", "/maps", json={"name": "of the operator"}).status_code == 201


def test_what_was_on_a_map_with_a_password_goes_with_it(
    tokens: Service, anna: Person, ben: Person
) -> None:
    ref, store = anna.make("hush"), tokens.besides[0].rooms.store
    picture = anna.send("POST", f"/maps/{ref}/pictures", content=png(colour=41)).json()["id"]
    with anna.on(ref) as page:
        page.ask("show", page.node(), picture=picture)
        failed = page.node(prompt="an unspeakable cat")
        page.ask("generate", failed)
        page.until(lambda there: there.nodes[failed].get("job"))
        page.ask("cancel", failed)
    store.delete(ref)
    store.sweep(int(time.time()) + BIN_S + 60)
    tokens.parts.locks.read()
    assert ben.send("GET", f"/pictures/{picture}").status_code == 404
    assert "unspeakable" not in ben.send("GET", "/jobs").text


def test_who_only_looks_is_not_kept(tokens: Service, anna: Person) -> None:
    """A key costs nothing: else a stranger could fill the list of people that everybody is told."""
    ref, store = anna.make(), tokens.besides[0].rooms.store
    with anna.on(ref) as page:
        page.node()
        page.settle()
        for _ in range(3):
            with somebody(tokens) as other, other.on(ref):
                pass
        told = page.wait(lambda one: one["what"] == "people" and len(one["people"]) == 1)
        assert told["people"][0]["person"] == page.you["person"]
        page.until(lambda _: len(tokens.besides[0].rooms.rooms[ref].loaded.people) == 1)
    assert len(store.load(ref, CanvasOrder()).people) == 1


def test_a_node_from_the_gallery_is_of_somebody_who_was_here(anna: Person, ben: Person) -> None:
    ref = anna.make()
    picture = anna.send("POST", "/pictures", content=png(colour=42)).json()["id"]
    node = anna.send("POST", f"/maps/{ref}/nodes", json={"picture": picture}).json()["node"]
    with ben.on(ref) as page:
        assert "30 days" in page.ask("take", node)["detail"]
