"""The port of signals beside a real control process: rows, undo, presets, tokens, secrets."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from tests.rig import until
from tests.signals.service import SignalsService, running_signals

TOKEN, GUEST = "the control token, which is long", "the guests' token, which is long"
ROW = {"signal": "lfo.sine.fast", "to": "strength", "depth": 0.25, "armed": True}


@pytest.fixture(scope="module")
def service() -> Iterator[SignalsService]:
    with running_signals(control_token=TOKEN, guest_token=GUEST, hand_s=0.5) as found:
        yield found


def rows(service: SignalsService) -> object:
    return service.client.get("/mapping").json()["rows"]


def test_rows_go_to_control_and_come_back_and_move_something(service: SignalsService) -> None:
    answer = service.client.put("/mapping", json={"rows": [ROW]})
    assert answer.status_code == 200 and answer.json()["rows"][0]["curve"] == "linear"
    assert until(lambda: rows(service) == answer.json()["rows"])
    assert service.host.session.entries[-1].door == "signals"
    assert until(lambda: service.status()["moved"])
    wall = service.host.client.get("/status", headers=dict(service.client.headers))
    assert until(lambda: wall.status_code == 200)
    told = service.host.console.stream_link.signals
    assert until(
        lambda: (
            (state := told())
            and (move := state.moves.get("strength"))
            and move.by == ("lfo.sine.fast",)
        )
    )
    assert service.client.post("/undo").json()["action"] == "undo"
    assert until(lambda: rows(service) == [])
    assert service.client.post("/redo").json()["action"] == "redo"
    service.client.put("/mapping", json={"rows": []})


def test_what_is_wrong_is_a_sentence_and_changes_nothing(service: SignalsService) -> None:
    number = service.host.session.number
    for body, said in (
        ({"rows": [{**ROW, "to": "debug"}]}, "moves one of strength"),
        ({"rows": [{**ROW, "depth": 9}]}, "has a depth from -1 to 1"),
        ({"rows": 1}, "rows"),
        ({}, "rows is missing"),
    ):
        answer = service.client.put("/mapping", json=body)
        assert answer.status_code == 422 and said in answer.json()["detail"], body
    assert service.host.session.number == number
    assert service.client.post("/sources/none", json={"on": True}).status_code == 404


def test_presets_hold_rows(service: SignalsService) -> None:
    service.client.put("/mapping", json={"rows": [{**ROW, "armed": False}]})
    assert service.client.post("/presets", json={"name": "a wave / or"}).status_code == 422
    assert service.client.post("/presets", json={"name": "a wave"}).status_code == 200
    assert service.client.get("/presets").json() == {"presets": ["a wave"]}
    service.client.put("/mapping", json={"rows": []})
    assert service.client.post("/presets/recall", json={"name": "a wave"}).status_code == 200
    assert until(lambda: rows(service))
    service.client.put("/mapping", json={"rows": []})


def test_a_page_puts_values_of_its_own_and_of_nobody_elses(service: SignalsService) -> None:
    put = {"signals": {"webmidi.1.cc7": 0.5}}
    assert service.client.post("/signal", json=put).json() == {"taken": 1, "refused": 0}
    assert service.parts.bus.get("webmidi.1.cc7").value == 0.5  # type: ignore[union-attr] # see above
    assert service.client.post("/signal", json={"signals": {"voice.joy": 1}}).status_code == 422


def test_it_asks_for_the_token_and_a_guest_moves_nothing(service: SignalsService) -> None:
    with httpx.Client(base_url=service.address, timeout=20) as nobody:
        assert nobody.get("/healthz").status_code == 200
        for path in ("/status", "/metrics", "/mapping", "/static/signals.js"):
            assert nobody.get(path).status_code == 401, path
        guest = {"Authorization": f"Bearer {GUEST}"}
        assert nobody.put("/mapping", json={"rows": []}, headers=guest).status_code == 403
        elsewhere = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://elsewhere.example"}
        assert nobody.put("/mapping", json={"rows": []}, headers=elsewhere).status_code == 403


def test_nothing_that_it_says_holds_a_token(service: SignalsService) -> None:
    said = [repr(service.parts.control), repr(service.parts)]
    for path in ("/status", "/metrics", "/mapping", "/signals", "/docs", "/openapi.json"):
        answer = service.client.get(path)
        assert answer.status_code == 200, path
        said.append(answer.text)
    assert not [text for text in said if TOKEN in text or GUEST in text]


def test_metrics_tell_sources_ages_and_armed_rows(service: SignalsService) -> None:
    service.client.post("/sources/lfo", json={"on": True})
    assert until(lambda: 'age_seconds{source="lfo"}' in service.client.get("/metrics").text)
    assert until(lambda: 'source_up{source="lfo"} 1' in service.client.get("/metrics").text)
    assert "afterimage_signals_armed_rows 0" in service.client.get("/metrics").text
    service.client.post("/sources/lfo", json={"on": False})


def test_control_that_is_away_is_a_sentence(service: SignalsService) -> None:
    """The last of this file: nobody answers after it."""
    assert service.host.web.stop()
    answer = service.client.put("/mapping", json={"rows": []})
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the wall does not answer at the moment"
