from __future__ import annotations

from lib.stream.capture.shelf import Mark, Shelf

OLD: Mark = (1, 10, 7)
NEW: Mark = (2, 10, 7)


def test_a_picture_is_kept_until_its_file_changes() -> None:
    shelf = Shelf()
    shelf.put("a", OLD, b"jpg", proved=True)
    assert shelf.get("a", OLD) == b"jpg"
    assert shelf.get("a", NEW) is None and shelf.get("b", OLD) is None
    shelf.put("a", NEW, b"longer", proved=True)
    assert shelf.get("a", NEW) == b"longer" and shelf.bytes == 6


def test_a_full_shelf_keeps_what_it_has_and_beyond_it_only_proofs() -> None:
    shelf = Shelf(most_bytes=10)
    shelf.put("a", OLD, bytes(8), proved=True)
    shelf.put("b", OLD, bytes(8), proved=True)
    shelf.put("c", OLD, bytes(8), proved=False)
    assert shelf.get("a", OLD) and shelf.get("b", OLD) is None and shelf.bytes == 8
    assert shelf.is_proved("b", OLD)
    assert not shelf.is_proved("b", NEW) and not shelf.is_proved("c", OLD)
    shelf.forget(["a", "never seen"])
    assert shelf.bytes == 0 and shelf.get("a", OLD) is None


def test_proofs_are_bounded() -> None:
    shelf = Shelf(most_bytes=0, most_proofs=3)
    for name in "abcd":
        shelf.put(name, OLD, b"x", proved=True)
    assert [shelf.is_proved(name, OLD) for name in "abcd"] == [False, False, False, True]
