"""Which form of a picture a client would rather have, by its Accept header."""

from __future__ import annotations

OFFERED = ("png", "webp", "jpeg")
MOST_NAMED = 40


def best_kind(accept: str, stored: str, *, small: bool) -> str:
    """Among equals a small one is WebP or JPEG, and a whole one is as it is stored."""
    wanted = _qualities(accept)
    order = ("webp", "jpeg", "png") if small else (stored, *OFFERED)
    if small and "image/webp" not in wanted:
        order = ("jpeg", "webp", "png")  # some mean by */* what they have always known
    return max(order, key=lambda kind: _quality(wanted, kind))


def _quality(wanted: dict[str, float], kind: str) -> float:
    for name in (f"image/{kind}", "image/*", "*/*"):
        if name in wanted:
            return wanted[name]
    return 0.0


def _qualities(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.split(",")[:MOST_NAMED]:
        name, *more = part.split(";")
        quality = 1.0
        for one in more:
            key, _, value = one.strip().partition("=")
            if key == "q":
                try:
                    quality = min(1.0, max(0.0, float(value)))
                except ValueError:
                    quality = 0.0
        if name.strip():
            found[name.strip().lower()] = quality
    return found or {"*/*": 1.0}
