"""lib.core.still_watch and lib.core.memory_room."""

from lib.core.memory_room import largest_side, memory_trouble
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


def test_the_memory_that_is_left_decides_how_large_a_still_may_be() -> None:
    assert [largest_side(room) for room in (0, 359)] == [0, 0]
    assert 256 <= largest_side(360) < 384 <= largest_side(400) < 1024 <= largest_side(800) < 1100
    assert largest_side(2100) >= 2048
    assert all(largest_side(room) % 8 == 0 for room in range(360, 3000, 7))
    assert "of 500 MB that are free 200 MB are left" in memory_trouble(500, 200)
