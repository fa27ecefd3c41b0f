import pytest

from lib.engine.painter.said_colours import said_colours


@pytest.mark.parametrize(
    "prompt",
    ["a desert", "no red, without blue", "whitewashed", "", "a yellow-bellied bird", "dusky"],
)
def test_what_is_not_said_is_not_heard(prompt: str) -> None:
    assert said_colours(prompt).share == 0


def test_of_two_colours_the_lighter_goes_into_the_lights() -> None:
    blue, both = said_colours("blue"), said_colours("blue and gold")
    assert list(both.light) == list(said_colours("GOLD").light)
    assert both.shadow[2] > both.shadow[0] and blue.light[2] > blue.light[0]


def test_a_colour_at_night_keeps_its_hue_and_is_darker() -> None:
    day, night = said_colours("a red house"), said_colours("a red house at night")
    assert night.light.sum() < day.light.sum() and night.light[0] > 1.5 * night.light[2]


def test_vivid_and_pale_change_all_colours() -> None:
    assert said_colours("vivid").saturation > 1 > said_colours("a pale sea").saturation
    assert said_colours("black and white, vivid").saturation == 0
