"""A reason that something can be done about says what."""

from __future__ import annotations

from lib.core.refusals import PortRefusal


def test_a_reason_is_its_own_words_and_knows_its_hint() -> None:
    assert PortRefusal.TOO_MANY_VIEWERS == "too many viewers"
    assert f"{PortRefusal.TOO_MANY_VIEWERS}" == "too many viewers"
    assert PortRefusal.hint_for("too many viewers") == "raise max_viewers"
    assert PortRefusal.hint_for("spoke Greek") == ""
    assert {"too many viewers": 1}[PortRefusal.TOO_MANY_VIEWERS] == 1
