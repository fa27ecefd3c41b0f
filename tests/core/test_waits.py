from __future__ import annotations

from lib.core.waits import GrowingWait


def test_waits_double_up_to_the_most_and_start_again_after_a_success() -> None:
    waits = GrowingWait(first_s=0.5, most_s=8)
    assert [waits.next_s() for _ in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    waits.reset()
    assert waits.next_s() == 0.5
