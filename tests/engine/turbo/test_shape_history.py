"""What a worker knows of what was played before its start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from lib.engine.turbo.graph_buffers import GraphShape
from lib.engine.turbo.shape_history import MOST_PLAYED, NAME, ShapeHistory

ONE = GraphShape(1, 512, 512, 1, guided=False)
FOUR = ONE._replace(steps=4, guided=True)
LARGE = GraphShape(8, 1024, 576, 2, guided=False)


def test_the_next_worker_knows_what_was_played_last_and_what_was_tuned(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there yet"
    history = ShapeHistory(folder, "this model on this GPU")
    for shape in (ONE, LARGE, FOUR, LARGE):
        history.note_played(shape)
    history.note_tuned(LARGE)
    again = ShapeHistory(folder, "this model on this GPU")
    assert again.played == [LARGE._replace(batch=1), FOUR, ONE]
    # What is compiled knows nothing of steps.
    assert again.is_tuned(LARGE._replace(steps=9))
    assert not again.is_tuned(LARGE._replace(batch=4))
    other = ShapeHistory(folder, "another GPU")
    assert other.played == again.played and not other.is_tuned(LARGE)
    again.forget(FOUR)
    assert ShapeHistory(folder).played == [LARGE._replace(batch=1), ONE]


def test_no_more_is_kept_than_is_warmed_up(tmp_path: Path) -> None:
    history = ShapeHistory(tmp_path)
    shapes = [ONE._replace(steps=steps) for steps in range(1, 9)]
    for shape in shapes:
        history.note_played(shape)
    assert ShapeHistory(tmp_path).played == shapes[: -MOST_PLAYED - 1 : -1]
    assert [one.name for one in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "[" * 100_000,
        "[1]",
        '{"played": 7, "tuned": null}',
        '{"played": [[1, 512, 512, 1], 9, null, [1, 512, 512, 1, 0], ["1", 512, 512, 1, true]]}',
        json.dumps({"played": [[1, 513, 512, 1, True], [1, 512, 1 << 30, 1, True]]}),
        json.dumps({"played": [[0, 512, 512, 1, True], [1, 512, 512, 51, True]]}),
        " " * (1 << 17),
    ],
)
def test_rubbish_is_no_history(tmp_path: Path, kept: str) -> None:
    (tmp_path / NAME).write_text(kept)
    history = ShapeHistory(tmp_path)
    assert not history.played and not history.tuned
    history.note_played(FOUR)
    assert ShapeHistory(tmp_path).played == [FOUR]


def test_a_folder_that_cannot_be_written_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    history = ShapeHistory(tmp_path / "file")
    history.note_played(ONE)
    history.note_played(FOUR)
    assert history.played == [FOUR, ONE]
    assert sum("cannot be written" in said for said in caplog.messages) == 1
