"""lib.core.still_watch and lib.core.memory_room."""

from lib.core.memory_room import memory_trouble
from lib.core.still_watch import StillWatch

S = 1_000_000_000


def test_a_model_may_load_for_so_long_and_no_longer() -> None:
    watch = StillWatch(0, load_ns=600 * S)
    assert watch.hung(600 * S) is None
    assert watch.hung(601 * S) == "The engine did not begin within 601 s."


def test_short_steps_may_pause_for_a_minute() -> None:
    watch = StillWatch(0, load_ns=600 * S)
    for at in range(1, 9):
        watch.stepped(at * S)
    assert watch.hung(68 * S) is None
    assert watch.hung(69 * S) == "The engine finished no step within 61 s."


def test_long_steps_may_take_twenty_times_as_long() -> None:
    watch = StillWatch(0, load_ns=600 * S)
    for at in (300, 310, 320, 330):  # the first with the loading
        watch.stepped(at * S)
    assert watch.hung((330 + 200) * S) is None and watch.hung((330 + 201) * S)


def test_what_it_was_held_back_for_does_not_count() -> None:
    watch = StillWatch(0, load_ns=600 * S)
    watch.stepped(1 * S)
    for _ in range(100):
        watch.held(10 * S)
    assert watch.hung(1061 * S) is None and watch.hung(1062 * S)
    watch.stepped(1002 * S)  # a step of a second, however long it was held back
    assert watch.limit_ns == 60 * S


def test_memory_is_left_for_the_live_picture() -> None:
    assert memory_trouble(1000, 300, 700) is None
    said = memory_trouble(999, 300, 700)
    assert said and "need 300 MB" in said and "of 999 MB" in said and "keeps 700 MB" in said
    assert memory_trouble(None, 300, 700) is None
