"""The form of a picture that a client gets."""

from __future__ import annotations

import pytest

from lib.stills.service.accept import best_kind

BROWSER = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "whole", "small"),
    [
        ("", "png", "jpeg"),
        ("*/*", "png", "jpeg"),
        (BROWSER, "png", "webp"),
        ("image/jpeg", "jpeg", "jpeg"),
        ("image/webp", "webp", "webp"),
        ("image/webp;q=0.1, image/jpeg;q=0.2", "jpeg", "jpeg"),
        ("image/png;q=0, image/*", "webp", "jpeg"),
        ("image/webp;q=nonsense, image/jpeg;q=0.1", "jpeg", "jpeg"),
        ("text/html", "png", "jpeg"),
        ("IMAGE/WEBP", "webp", "webp"),
    ],
)
def test_what_a_client_would_rather_have(accept: str, whole: str, small: str) -> None:
    assert best_kind(accept, "png", small=False) == whole
    assert best_kind(accept, "png", small=True) == small
