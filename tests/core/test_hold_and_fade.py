from lib.core.hold_and_fade import HoldAndFade

S = 1_000_000_000


def test_before_the_first_frame_there_is_nothing_to_hold() -> None:
    last = HoldAndFade(hold_ns=5 * S, fade_ns=2 * S)
    assert last.opacity(0) == last.opacity(100 * S) == 0.0
    assert last.rests_ns(100 * S) is None


def test_the_last_frame_is_held_then_fades_then_is_gone() -> None:
    last = HoldAndFade(hold_ns=5 * S, fade_ns=2 * S)
    last.frame(10 * S)
    seen = [
        last.opacity(now) for now in (10 * S, 15 * S, 15 * S + S // 2, 16 * S, 17 * S, 10**6 * S)
    ]
    assert seen == [1.0, 1.0, 0.75, 0.5, 0.0, 0.0]


def test_the_next_frame_is_back_at_once_and_the_waiting_begins_anew() -> None:
    last = HoldAndFade(hold_ns=5 * S, fade_ns=2 * S)
    last.frame(0)
    assert last.opacity(6 * S) == 0.5
    last.frame(6 * S)
    assert last.opacity(6 * S) == last.opacity(11 * S) == 1.0


def test_no_fade_is_a_cut() -> None:
    last = HoldAndFade(hold_ns=S, fade_ns=0)
    last.frame(0)
    assert last.opacity(S) == 1.0
    assert last.opacity(S + 1) == 0.0


def test_an_hour_in_which_nothing_changes_is_one_rest() -> None:
    last = HoldAndFade(hold_ns=3600 * S, fade_ns=2 * S)
    last.frame(0)
    assert last.rests_ns(S) == 3599 * S
    assert last.rests_ns(3602 * S) is None


def test_a_painter_who_rests_as_told_sees_every_fade_through() -> None:
    for fade_s, most in ((0, 2), (2, 70), (600, 260)):
        last = HoldAndFade(hold_ns=S, fade_ns=fade_s * S)
        last.frame(0)
        now_ns, shades = 0, []
        while (rests_ns := last.rests_ns(now_ns)) is not None:
            now_ns += rests_ns
            shades.append(last.opacity(now_ns))
            assert len(shades) <= most, "a fade must not keep the machine busy"
        assert shades == sorted(shades, reverse=True)
        assert max(a - b for a, b in zip([1.0, *shades], shades, strict=False)) < 0.02 or not fade_s
        assert last.opacity(now_ns) == 0.0 or not fade_s


def test_while_it_is_frozen_no_time_passes() -> None:
    last = HoldAndFade(hold_ns=10, fade_ns=10)
    last.freeze(0)
    last.frame(3)  # the first one that comes
    assert last.opacity(1000) == 1 and last.rests_ns(1000) is None
    last.thaw(1000)
    assert last.opacity(1010) == 1 and last.opacity(1015) == 0.5
    last.freeze(1015)
    last.freeze(5000)
    assert last.opacity(9000) == 0.5 and last.rests_ns(9000) is None
    last.thaw(9000)
    assert last.opacity(9000) == 0.5 and last.opacity(9005) == 0
    last.thaw(9999)
    assert last.opacity(9005) == 0
