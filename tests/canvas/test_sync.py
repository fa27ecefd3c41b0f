"""Several people on one map, over real connections."""

from __future__ import annotations

import re
import time
from unittest.mock import Mock

import pytest

from lib.canvas.sync import OPS_A_SECOND, OPS_AT_ONCE
from lib.stills.ledger.errors import LedgerUnavailableError
from tests.canvas.client import CanvasClient, new_id
from tests.canvas.conftest import Person
from tests.stills.service.scripted import Service, Worker, png


def test_what_one_writes_all_see_and_only_the_owner_changes(
    anna: Person, ben: Person, operator: Person
) -> None:
    ref = anna.make()
    with anna.on(ref) as first, ben.on(ref) as second, operator.on(ref) as third:
        node = first.node(prompt="a cat", at=[1, 2])
        second.until(lambda there: there.nodes.get(node, {}).get("prompt") == "a cat")
        assert second.replica.base.nodes[node]["owner"] == first.you["person"]
        second.write("node", node, at=[9, 9])
        second.settle()
        assert second.replica.refusals == ["this node is somebody else's"]
        assert second.replica.shown().nodes[node]["at"] == [1, 2]
        third.until(lambda there: node in there.nodes)
        third.write("node", node, at=[5, 5])
        first.until(lambda there: there.nodes.get(node, {}).get("at") == [5, 5])
        assert {one.you["colour"] for one in (first, second, third)} == {0, 1, 2}


def test_what_only_the_service_writes_is_refused_and_counted(tokens: Service, anna: Person) -> None:
    before = refused(tokens)
    with anna.on(anna.make()) as page:
        node = page.node()
        for name, value in (("state", "done"), ("picture", "ab" * 8), ("owner", "me")):
            page.write("node", node, **{name: value})
        page.write("node", node, power=3, colour="red")
        page.settle()
        assert page.replica.refusals == [
            "only the service writes state", "only the service writes picture",
            "only the service writes owner", "power must be a number from 0 to 1",
            "there is no field 'colour' of nodes",
        ]  # fmt: skip
        assert set(page.replica.base.nodes[node]) == {"type", "owner", "made", "at"}
    assert refused(tokens) == before + 5


def refused(service: Service) -> float:
    return counted(service, "ops_refused")


def counted(service: Service, what: str) -> float:
    """As the metrics say."""
    text = service.client.get("/metrics").text
    (line,) = re.findall(rf"^afterimage_stills_map_{what}_total (\S+)$", text, re.M)
    return float(line)


def test_changes_one_after_the_other_are_written_together(tokens: Service, anna: Person) -> None:
    """Each commit and each message to twenty pages is time that the live picture lacks."""
    with anna.on(anna.make()) as page:
        node, before = page.node(), counted(tokens, "commits")
        for count in range(80):
            page.write("node", node, at=[count, 0])
        page.settle()
        assert page.replica.base.nodes[node]["at"] == [79, 0]
    assert counted(tokens, "commits") - before < 40


def test_rubbish_is_refused_with_a_sentence_and_the_line_stays(anna: Person) -> None:
    with anna.on(anna.make()) as page:
        assert page.socket
        for text in ("nonsense", "[]", '{"what":"fly"}', '{"what":"ops","ops":[{"n":1}]}'):
            page.socket.send(text)
            told = page.wait(lambda one: one["what"] == "refused-message")
            assert told["detail"]
        page.node()
        page.settle()
        assert page.replica.refusals == []


def test_more_pages_than_there_may_be_are_told_so(
    anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many said hello at once."""
    monkeypatch.setattr("lib.canvas.room.MOST_PAGES", 2)
    ref = anna.make()
    pages = [anna.on(ref) for _ in range(4)]
    for page in pages:
        page.dial()
    for page in pages:
        page.say(page.replica.hello())
    told = [page.wait(lambda one: one["what"] in ("welcome", "closed")) for page in pages]
    for page in pages:
        page.close()
    assert sorted(one.get("why", "in") for one in told) == ["full", "full", "in", "in"]


def test_a_ledger_that_does_not_answer_is_no_map_that_is_gone(
    tokens: Service, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else pages would give up, with what they have not sent yet, when the disc was full."""
    ref, store = anna.make(), tokens.besides[0].rooms.store

    def closed(ref: str) -> str:
        page = anna.on(ref)
        page.dial()
        why = page.wait(lambda one: one["what"] == "closed")["why"]
        page.close()
        return str(why)

    assert closed("ab" * 8) == "gone"
    down = LedgerUnavailableError("The ledger cannot be used at the moment: disk I/O error.")
    monkeypatch.setattr(store, "find", Mock(side_effect=down))
    assert closed(ref) == "unavailable"


def test_a_drag_in_flight_is_seen_and_not_kept(anna: Person, ben: Person) -> None:
    ref = anna.make()
    with anna.on(ref) as first, ben.on(ref) as second:
        mine, hers = second.node(at=[0, 0]), first.node(at=[0, 0])
        second.settle()
        first.until(lambda there: mine in there.nodes)
        first.say({"what": "cursor", "at": [3, 4]})
        first.say({"what": "drag", "nodes": {mine: [7, 7], hers: [8, 8]}})
        told = second.wait(lambda one: one["what"] == "presence")
        assert told["people"] == {
            str(first.you["who"]): {"cursor": [3.0, 4.0], "drag": {hers: [8.0, 8.0]}}
        }
    with ben.on(ref) as later:
        assert later.replica.base.nodes[hers]["at"] == [0, 0]


def test_a_page_that_comes_back_gets_what_it_missed_and_sends_what_it_kept(
    anna: Person, ben: Person
) -> None:
    ref = anna.make()
    with ben.on(ref) as other:
        page = anna.on(ref).open()
        node = page.node()
        page.settle()
        page.close()
        op = page.replica.write("node", node, "at", [4, 4])  # while the line is lost
        missed = other.node(text="meanwhile")
        other.settle()
        with page.open():
            assert not page.told[-1].get("whole") and missed in page.replica.base.nodes
            page.settle()
            page.resend(op.n)  # once more changes nothing
            page.say({"what": "ops", "ops": [
                {"node": node, "field": "at", "value": [6, 6], "n": op.n}]})  # fmt: skip
            other.until(lambda there: there.nodes.get(node, {}).get("at") == [4, 4])
            page.write("node", node, at=[5, 5])
            other.until(lambda there: there.nodes[node]["at"] == [5, 5])


def test_a_lot_at_once_is_read_later_and_holds_up_nobody_else(anna: Person, ben: Person) -> None:
    ref = anna.make()
    many = 3 * OPS_AT_ONCE
    with anna.on(ref) as fast, ben.on(ref) as other:
        node = fast.node()
        fast.settle()
        begin_s = time.monotonic()
        for at in range(many // 200):
            fast.say({"what": "ops", "ops": [
                {"node": node, "field": "at", "value": [at, number], "n": 2 + at * 200 + number}
                for number in range(1, 201)]})  # fmt: skip
        slowest_s = 0.0
        mine = other.node()
        other.settle()
        for number in range(20):
            then_s = time.monotonic()
            other.write("node", mine, at=[number, number])
            other.settle()
            slowest_s = max(slowest_s, time.monotonic() - then_s)
        fast.wait(lambda one: one["what"] == "ack" and one["n"] == 2 + many, 60)
        took_s = time.monotonic() - begin_s
        assert took_s > 0.8 * (many - OPS_AT_ONCE - 200) / OPS_A_SECOND
        assert slowest_s < took_s / 2
        assert any(one["what"] == "slow" for one in fast.told)


def test_a_node_is_made_and_everybody_sees_how_far_it_is(
    tokens: Service, anna: Person, ben: Person
) -> None:
    ref = anna.make()
    with anna.on(ref) as page, ben.on(ref) as other:
        node = page.node(prompt="a cat", seed=7, count=2)
        page.settle()
        other.until(lambda there: node in there.nodes)
        assert other.ask("generate", node)["detail"] == "this node is somebody else's"
        assert page.ask("generate", node)["ok"]
        assert page.ask("generate", node)["detail"] == "it is being made already"
        worker = Worker(tokens)
        lease = worker.claim()
        worker.beat(lease, step=3, total=8)
        told = other.wait(
            lambda one: one["what"] == "progress" and one["nodes"].get(node, {}).get("step") == 3
        )
        assert told["nodes"][node]["total"] == 8
        for sample in range(2):
            worker.finish(lease, sample)
        other.until(lambda there: there.nodes[node].get("state") == "done")
        made = other.replica.base.nodes[node]
        assert len(made["samples"]) == 2 and "picture" not in made and made["used_seed"] == 7
        page.until(lambda there: there.nodes[node].get("state") == "done")
        page.write("node", node, chosen=made["samples"][1])
        other.until(lambda there: there.nodes[node].get("picture") == made["samples"][1])


def test_a_job_that_fails_says_why_and_is_tried_again(tokens: Service, anna: Person) -> None:
    with anna.on(anna.make()) as page:
        node = page.node(text="no words yet")
        assert page.ask("generate", node)["ok"]
        page.until(lambda there: there.nodes[node].get("state") == "failed")
        assert page.replica.base.nodes[node]["error"] == "write a prompt first"
        page.write("node", node, prompt="a dog", seed=1)
        assert page.ask("generate", node)["ok"]
        for number in range(3):  # the same one would be benched for seconds
            worker = Worker(tokens, name=f"clumsy {number}")
            worker.give_back(worker.claim(), "out of paint")
        page.until(lambda there: there.nodes[node].get("error") == "out of paint")
        assert page.ask("retry", node)["ok"]
        worker = Worker(tokens)
        worker.finish(worker.claim())
        page.until(lambda there: there.nodes[node].get("picture"))
        assert "error" not in page.replica.base.nodes[node]
        assert page.ask("cancel", node)["detail"] == "nothing of it is being made"
        page.write("node", node, seed=2)
        page.ask("generate", node)
        assert page.ask("cancel", node)["ok"]
        page.until(lambda there: there.nodes[node]["state"] == "cancelled")


def test_a_child_keeps_what_it_was_made_from(tokens: Service, anna: Person) -> None:
    with anna.on(anna.make()) as page:
        upload = anna.send("POST", f"/maps/{page.address.rpartition('=')[2]}/pictures",
                           content=png(colour=5))  # fmt: skip
        picture = upload.json()["id"]
        parent = page.node()
        assert page.ask("show", parent, picture=picture)["ok"]
        child = page.node(prompt="a cat", reference=picture, power=0.25, parent=parent)
        page.write("edge", new_id(), ends=[parent, child])
        page.write("node", parent, deleted=True)
        page.settle()
        assert page.replica.refusals == []
        assert page.ask("generate", child)["ok"]
        worker = Worker(tokens)
        lease = worker.claim()
        assert lease["params"]["strength"] == 0.75 and lease["image"]
        worker.finish(lease)
        page.until(lambda there: there.nodes[child].get("picture"))
        assert page.replica.base.nodes[child]["reference"] == picture


def test_a_map_survives_the_end_of_its_room(tokens: Service, anna: Person) -> None:
    ref = anna.make()
    with anna.on(ref) as page:
        node = page.node(at=[3, 3])
        page.settle()
        before = page.replica.base
    rooms = tokens.besides[0].rooms
    tokens.parts.link.call(rooms.rooms[ref].end)
    deadline_s = time.monotonic() + 5
    while ref in rooms.rooms and time.monotonic() < deadline_s:
        time.sleep(0.01)
    with CanvasClient(tokens.address, ref, anna.key, anna.token) as page:
        assert page.replica.base == before and node in page.replica.base.nodes
