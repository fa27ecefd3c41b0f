"""Counts what a msgpack message consists of, as far as a limit, without making any of it."""

from __future__ import annotations

# By an item's first octet: how many octets its size takes, and how many more that size stands for.
_SIZED = {
    **dict(zip((0xC4, 0xC5, 0xC6), ((1, 0), (2, 0), (4, 0)), strict=True)),  # bin
    **dict(zip((0xC7, 0xC8, 0xC9), ((1, 1), (2, 1), (4, 1)), strict=True)),  # ext, with its type
    **dict(zip((0xD9, 0xDA, 0xDB), ((1, 0), (2, 0), (4, 0)), strict=True)),  # str
}
_FIXED = {
    **dict(zip(range(0xCA, 0xD4), (4, 8, 1, 2, 4, 8, 1, 2, 4, 8), strict=True)),  # float, int
    **dict(zip(range(0xD4, 0xD9), (2, 3, 5, 9, 17), strict=True)),  # ext
}
_LISTS = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}  # and items in each of it


def more_items_than(most: int, data: memoryview) -> bool:
    """False for a message that ends too early: decoding it will tell."""
    at, due, end = 0, 1, len(data)
    for _ in range(most):
        if not due or at >= end:
            return False
        due -= 1
        head = data[at]
        at += 1
        if head in _SIZED:
            width, more = _SIZED[head]
            at += width + more + int.from_bytes(data[at : at + width], "big")
        elif head in _LISTS:
            width, each = _LISTS[head]
            due += each * int.from_bytes(data[at : at + width], "big")
            at += width
        elif 0x80 <= head < 0xA0:  # a short map, a short list
            due += (head & 0x0F) * (2 if head < 0x90 else 1)
        elif 0xA0 <= head < 0xC0:  # a short str
            at += head & 0x1F
        else:
            at += _FIXED.get(head, 0)
    return due > 0
