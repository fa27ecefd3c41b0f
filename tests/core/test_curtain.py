from lib.core.curtain import Curtain

S = 1_000_000_000


def test_before_the_first_frame_there_is_nothing_to_hold() -> None:
    curtain = Curtain(hold_ns=5 * S, fade_ns=2 * S)
    assert curtain.opacity(0) == curtain.opacity(100 * S) == 0.0
    assert curtain.rests_ns(100 * S) is None


def test_the_last_frame_is_held_then_fades_then_is_gone() -> None:
    curtain = Curtain(hold_ns=5 * S, fade_ns=2 * S)
    curtain.frame(10 * S)
    seen = [
        curtain.opacity(now) for now in (10 * S, 15 * S, 15 * S + S // 2, 16 * S, 17 * S, 10**6 * S)
    ]
    assert seen == [1.0, 1.0, 0.75, 0.5, 0.0, 0.0]


def test_the_next_frame_is_back_at_once_and_the_waiting_begins_anew() -> None:
    curtain = Curtain(hold_ns=5 * S, fade_ns=2 * S)
    curtain.frame(0)
    assert curtain.opacity(6 * S) == 0.5
    curtain.frame(6 * S)
    assert curtain.opacity(6 * S) == curtain.opacity(11 * S) == 1.0


def test_no_fade_is_a_cut() -> None:
    curtain = Curtain(hold_ns=S, fade_ns=0)
    curtain.frame(0)
    assert curtain.opacity(S) == 1.0
    assert curtain.opacity(S + 1) == 0.0


def test_an_hour_in_which_nothing_changes_is_one_rest() -> None:
    curtain = Curtain(hold_ns=3600 * S, fade_ns=2 * S)
    curtain.frame(0)
    assert curtain.rests_ns(S) == 3599 * S
    assert curtain.rests_ns(3602 * S) is None


def test_a_painter_who_rests_as_told_sees_every_fade_through() -> None:
    for fade_s, most in ((0, 2), (2, 70), (600, 260)):
        curtain = Curtain(hold_ns=S, fade_ns=fade_s * S)
        curtain.frame(0)
        now_ns, shades = 0, []
        while (rests_ns := curtain.rests_ns(now_ns)) is not None:
            now_ns += rests_ns
            shades.append(curtain.opacity(now_ns))
            assert len(shades) <= most, "a fade must not keep the machine busy"
        assert shades == sorted(shades, reverse=True)
        assert max(a - b for a, b in zip([1.0, *shades], shades, strict=False)) < 0.02 or not fade_s
        assert curtain.opacity(now_ns) == 0.0 or not fade_s
