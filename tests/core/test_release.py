"""Each finished frame is shown or accounted for, once."""

from __future__ import annotations

from lib.core.playout import LONGEST_NS, Playout
from lib.core.release import Release

MS = 1_000_000


def frames(release: Release[str], *numbers: int) -> list[int]:
    """These come in this order, each 5 ms after its capture; what is shown a while later."""
    for number in numbers:
        release.came(number, number * 20 * MS, (number - 1) * 20 * MS, "jpg", number * 20 * MS)
    now_ns = (max(numbers) * 20 + 15) * MS
    return [shown.number for shown in release.due(now_ns)]


def test_what_comes_late_is_shown_or_counted_and_what_is_lost_is_counted_once() -> None:
    release: Release[str] = Release(Playout("fast"))
    assert frames(release, 1, 2) == [1, 2]
    release.lost(3, 61 * MS)
    assert not release.drops.counts
    assert frames(release, 4) == [4]
    assert release.drops.counts == {"lost": 1}
    assert not release.came(3, 60 * MS, 40 * MS, "jpg", 81 * MS)
    assert release.drops.counts == {"lost": 1}
    assert not release.came(2, 40 * MS, 20 * MS, "jpg", 82 * MS)
    assert release.drops.counts == {"lost": 1, "late": 1}
    assert release.state.last_number == 4


def test_what_lay_about_while_all_stood_still_is_late() -> None:
    release: Release[str] = Release(Playout("smooth"))
    frames(release, 1, 2)
    release.came(3, 60 * MS, 40 * MS, "jpg", 61 * MS)
    assert release.drop_stale(61 * MS, 0) == 0
    assert release.drop_stale(5_000 * MS, 0) == 1
    assert release.drops.counts["late"] == 1


def test_slow_workers_are_allowed_for() -> None:
    playout: Playout[str] = Playout("smooth")
    release = Release(playout)
    release.allow_for(LONGEST_NS)
    assert playout.longest_ns == 4 * LONGEST_NS
    release.allow_for(1)
    assert playout.longest_ns == LONGEST_NS
