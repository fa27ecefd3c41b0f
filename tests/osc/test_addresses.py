"""What each address means, and how much is understood that is not quite right."""

from __future__ import annotations

from typing import Any

import pytest

from lib.config.controls import CONTROLS
from lib.config.params import Played
from lib.osc.addresses import ADDRESSES, MeaningError, OscAction, echoes, meaning
from lib.osc.packet import OscMessage, parse

PLAYED = Played(take=6)


def meant(address: str, *arguments: Any) -> Any:
    return meaning(OscMessage(address, arguments), PLAYED)


@pytest.mark.parametrize(
    ("address", "arguments", "change"),
    [
        ("/prompt", ("a forest",), {"prompt": "a forest"}),
        ("/prompt", ("a", "forest", "of glass"), {"prompt": "a forest of glass"}),
        ("/prompt/0", ("a cat",), {"prompt": "a cat"}),
        ("/prompt/1", ("a whale",), {"prompt2": "a whale"}),
        ("/blend", ("a", "b", 0.25), {"prompt": "a", "prompt2": "b", "blend": 0.25}),
        ("/blend", ("a", "b", 1), {"prompt": "a", "prompt2": "b", "blend": 1.0}),
        ("/blend", (0.5,), {"blend": 0.5}),
        ("/blend_t", (0.75,), {"blend": 0.75}),
        ("/seed", (123,), {"seed": 123}),
        ("/seed", (123.0,), {"seed": 123}),
        ("/opacity", (0,), {"opacity": 0.0}),
        ("/strength", (0.5,), {"strength": 0.5}),
        ("/mode", ("soft",), {"cut": False}),
        ("/mode", ("Hard",), {"cut": True}),
        ("/scene", (1,), {"paused": False, "take": 7}),
        ("/scene", (1.0,), {"paused": False, "take": 7}),
        ("/scene", (0,), {"paused": True}),
        ("/scene", (3,), {"paused": True}),
        ("/mirror", (True,), {"mirror": True}),
        ("/mirror", (1.0,), {"mirror": True}),
        ("/mirror", (0,), {"mirror": False}),
        ("/resolution", (512.0,), {"resolution": "512"}),
        ("/resolution", ("1024x576",), {"resolution": "1024x576"}),
        ("/steps", (4,), {"num_inference_steps": 4}),
    ],
)
def test_values(address: str, arguments: tuple[Any, ...], change: dict[str, Any]) -> None:
    assert meant(address, *arguments) == change
    assert PLAYED.changed(**change)


def test_a_take_after_the_last_one_is_a_take() -> None:
    change = meaning(OscMessage("/scene", (1,)), Played(take=2**31 - 1))
    assert change == {"paused": False, "take": 0}


@pytest.mark.parametrize("control", CONTROLS.values(), ids=CONTROLS)
def test_every_control_has_an_address_that_takes_its_value(control: Any) -> None:
    assert meant(f"/{control.name}", control.default) == {control.field: control.default}


@pytest.mark.parametrize(
    ("address", "arguments", "action"),
    [
        ("/undo", (), OscAction("undo")),
        ("/redo", (1.0,), OscAction("redo")),
        ("/undo", (0.0,), None),  # a button that is let go
        ("/undo", (False,), None),
        ("/preset", ("dusk",), OscAction("preset", "dusk")),
        ("/preset/dusk", (), OscAction("preset", "dusk")),
        ("/preset/dusk", (1.0,), OscAction("preset", "dusk")),
        ("/preset/dusk", (0.0,), None),
        ("/cue/go", (), OscAction("cue", "go")),
        ("/cue/back", (1,), OscAction("cue", "back")),
    ],
)
def test_actions(address: str, arguments: tuple[Any, ...], action: OscAction | None) -> None:
    assert meant(address, *arguments) == action


@pytest.mark.parametrize(
    ("address", "arguments", "reason"),
    [
        ("/constructor", (1,), "unknown_address"),
        ("/prompt/2", ("a",), "unknown_address"),
        ("/prompt/", ("a",), "unknown_address"),
        ("/cue/explode", (), "unknown_address"),
        ("/Seed", (1,), "unknown_address"),
        ("/seed", ("123",), "wrong_type"),
        ("/seed", (), "wrong_type"),
        ("/seed", (1, 2), "wrong_type"),
        ("/seed", (True,), "wrong_type"),
        ("/seed", (None,), "wrong_type"),
        ("/seed", (1.5,), "not_allowed"),
        ("/seed", (-1,), "not_allowed"),
        ("/strength", (1.01,), "not_allowed"),
        ("/strength", (float("nan"),), "not_allowed"),
        ("/strength", (b"0.5",), "wrong_type"),
        ("/mirror", (2,), "not_allowed"),
        ("/mirror", ("true",), "wrong_type"),
        ("/prompt", (1,), "wrong_type"),
        ("/prompt", ("a", 1), "wrong_type"),
        ("/prompt", (), "wrong_type"),
        ("/prompt", ("x" * 2001,), "not_allowed"),
        ("/blend", ("a", "b"), "wrong_type"),
        ("/blend", ("a", "b", "c"), "wrong_type"),
        ("/blend", (0.5, "a", "b"), "wrong_type"),
        ("/mode", ("loud",), "not_allowed"),
        ("/mode", (1,), "wrong_type"),
        ("/scene", ("one",), "wrong_type"),
        ("/preset", (), "wrong_type"),
        ("/undo", ("now",), "wrong_type"),
        ("/directory", ("../etc",), "not_allowed"),
        ("/resolution", (513,), "not_allowed"),
    ],
)
def test_what_is_wrong_is_told_by_reason(
    address: str, arguments: tuple[Any, ...], reason: str
) -> None:
    with pytest.raises(MeaningError) as caught:
        meant(address, *arguments)
    assert caught.value.reason == reason
    assert len(str(caught.value)) < 300


def test_what_goes_back_is_understood_when_it_comes_again() -> None:
    played = Played(prompt2="a whale", cut=True, mirror=True, seed=2**32 - 1, blend=0.5)
    for address, packet in echoes(played).items():
        message = parse(packet)[0].messages[0]
        assert message.address == address and address in ADDRESSES
        change = meaning(message, played)
        assert isinstance(change, dict)
        change.pop("take", None)  # /scene 1 is a new take each time it comes
        for field, value in change.items():
            assert value == pytest.approx(getattr(played, field))


def test_every_address_that_shows_a_value_is_among_the_echoes() -> None:
    deeds = {"/preset", "/presets/N", "/safe", "/undo", "/redo"} | {
        a for a in ADDRESSES if a.startswith("/cue/")
    }
    assert set(echoes(PLAYED)) == set(ADDRESSES) - deeds


def test_a_button_for_the_third_preset_and_one_for_the_second_cue() -> None:
    assert meaning(OscMessage("/presets/3", (1.0,)), PLAYED) == OscAction("place", "3")
    assert meaning(OscMessage("/presets/3", (0.0,)), PLAYED) is None
    assert meaning(OscMessage("/cue/jump", (2.0,)), PLAYED) == OscAction("jump", "2")
    for address, arguments in (
        ("/presets/N", (1,)),
        ("/presets/0", (1,)),
        ("/presets/1000", (1,)),
        ("/cue/jump", ("2",)),
        ("/cue/jump", (1.5,)),
        ("/cue/jump", (float("inf"),)),
        ("/cue/jump", ()),
    ):
        with pytest.raises(MeaningError):
            meaning(OscMessage(address, arguments), PLAYED)
