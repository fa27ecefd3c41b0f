from __future__ import annotations

from lib.canvas.passwords import fits, hashed


def test_a_password_is_kept_as_a_salted_hash() -> None:
    kept = hashed("under the mat")
    assert "mat" not in kept and kept != hashed("under the mat")
    assert fits("under the mat", kept) and not fits("under the mat ", kept)
    assert hashed("") == ""
