"""What was typed is kept: in bounds, and for its owner alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.chat.input_history import MOST_LINES, InputHistory, history_file


def test_lines_come_back_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    path = tmp_path / "state" / "afterimage" / "chat-history"
    past = InputHistory(path, pytest.fail)
    assert past.lines() == []
    past.add("a forest")
    past.add("猫\nin two lines \ud83d")
    assert InputHistory(path, pytest.fail).lines() == ["a forest", "猫 in two lines ?"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "chat-history"
    path.write_text("old\n")
    path.chmod(0o644)
    InputHistory(path, pytest.fail).add("new")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == "old\nnew\n"


def test_a_long_file_is_shortened(tmp_path: Path) -> None:
    path = tmp_path / "chat-history"
    path.write_text("".join(f"line {number}\n" for number in range(5 * MOST_LINES)))
    lines = InputHistory(path, pytest.fail).lines()
    assert (len(lines), lines[-1]) == (MOST_LINES, f"line {5 * MOST_LINES - 1}")
    assert path.read_text().splitlines() == lines
    assert [one.name for one in tmp_path.iterdir()] == ["chat-history"]


def test_without_a_place_it_says_so_once_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said: list[str] = []
    past = InputHistory(tmp_path / "file" / "chat-history", said.append)
    assert past.lines() == []
    past.add("a")
    past.add("b")
    assert len(said) == 1 and "not saved" in said[0]


def test_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/own")
    assert history_file() == Path("/var/own/afterimage/chat-history")
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # which the standard says to ignore
    monkeypatch.setenv("HOME", "/home/ada")
    assert history_file() == Path("/home/ada/.local/state/afterimage/chat-history")
