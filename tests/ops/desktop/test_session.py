"""What shows the feed on a screen without a desktop."""

from __future__ import annotations

import pytest

from lib.ops.desktop.session import SessionError, screen_argv


def only(*there: str) -> object:
    return lambda name: f"/usr/bin/{name}" if name in there else None


@pytest.mark.parametrize(
    ("kind", "there", "first"),
    [
        ("auto", ("cage", "xinit"), "cage"),
        ("auto", ("xinit",), "xinit"),
        ("x", ("cage", "xinit"), "xinit"),
        ("cage", ("cage",), "cage"),
    ],
)
def test_what_is_there_and_asked_for(kind: str, there: tuple[str, ...], first: str) -> None:
    argv = screen_argv(kind, ["--windowed"], only(*there))
    assert argv[0] == first
    at = argv.index("--role")
    assert argv[at + 1] == "view" and "--windowed" in argv[at:]


@pytest.mark.parametrize(("kind", "need"), [("auto", "cage"), ("x", "xinit xserver-xorg")])
def test_nothing_to_show_it_with_says_what_to_install(kind: str, need: str) -> None:
    with pytest.raises(SessionError, match=f"sudo apt install {need}"):
        screen_argv(kind, [], only())
