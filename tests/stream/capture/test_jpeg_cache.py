from __future__ import annotations

from lib.stream.capture.jpeg_cache import FileMark, JpegCache

OLD: FileMark = (1, 10, 7)
NEW: FileMark = (2, 10, 7)


def test_a_picture_is_kept_until_its_file_changes() -> None:
    cache = JpegCache()
    cache.put("a", OLD, b"jpg", proved=True)
    assert cache.get("a", OLD) == b"jpg"
    assert cache.get("a", NEW) is None and cache.get("b", OLD) is None
    cache.put("a", NEW, b"longer", proved=True)
    assert cache.get("a", NEW) == b"longer" and cache.bytes == 6


def test_a_full_cache_keeps_what_it_has_and_beyond_it_only_proofs() -> None:
    cache = JpegCache(most_bytes=10)
    cache.put("a", OLD, bytes(8), proved=True)
    cache.put("b", OLD, bytes(8), proved=True)
    cache.put("c", OLD, bytes(8), proved=False)
    assert cache.get("a", OLD) and cache.get("b", OLD) is None and cache.bytes == 8
    assert cache.is_proved("b", OLD)
    assert not cache.is_proved("b", NEW) and not cache.is_proved("c", OLD)
    cache.forget(["a", "never seen"])
    assert cache.bytes == 0 and cache.get("a", OLD) is None


def test_proofs_are_bounded() -> None:
    cache = JpegCache(most_bytes=0, most_proofs=3)
    for name in "abcd":
        cache.put(name, OLD, b"x", proved=True)
    assert [cache.is_proved(name, OLD) for name in "abcd"] == [False, False, False, True]
