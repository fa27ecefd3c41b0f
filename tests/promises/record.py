"""Writes down what must stay, from any checkout.

    python -m tests.promises.record --tree PATH [--into FOLDER]

What is there already is replaced; `git diff` then shows what has changed. A name that is only
sometimes there, because it counts what happened, is not written down: a show is asked twice.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from tests.promises import facts
from tests.promises.show import Show, running

RECORDED = Path(__file__).parent / "recorded"
CUES = [{"preset": "dawn", "after_s": 30}, {"preset": "night", "after_s": 60}]
SHEET = {"loop": True, "cues": CUES}
# Counted only where it happened, as a worker that was there before the first frame leaves none; and
# of a page's first entries, which are the latest, what each changed.
BY_CHANCE = re.compile(
    r'counts\.(no_worker|late)|event="(no_worker|late)"|code="5xx"|entries\[\]\.(change|before)\.'
)
OF_A_SHOW: dict[str, Callable[[Show], set[str]]] = {
    "status": facts.status,
    "workers": facts.workers,
    "params": facts.params,
    "kept": facts.kept,
    "metrics": facts.metrics,
    "openapi": facts.openapi,
    "live": facts.live,
    "job": facts.job,
    "feed": facts.feed,
    "chat": facts.chat,
    "codes": facts.codes,
}


def read(name: str) -> set[str]:
    return set((RECORDED / f"{name}.txt").read_text("utf-8").splitlines())


def write(into: Path, name: str, lines: set[str]) -> None:
    (into / f"{name}.txt").write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--tree", type=Path, required=True, help="the checkout that is asked")
    parser.add_argument("--into", type=Path, default=RECORDED, help="where it is written")
    asked = parser.parse_args()
    tree, into = asked.tree.resolve(), asked.into.resolve()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ai-") as name:
        record_files(tree, into, Path(name))
        record_show(tree, into, Path(name))
    return 0


def record_files(tree: Path, into: Path, folder: Path) -> None:
    """What is text in the tree, or said by programs that end."""
    shutil.copy(tree / ".env.example", into / "env.example")
    (into / "examples").mkdir(exist_ok=True)
    for name in ("worker.py", "read_feed.py", "send_osc.py"):
        shutil.copy(tree / "docs" / "examples" / name, into / "examples" / name)
    for kind in ("units", "keys"):
        shutil.rmtree(into / kind, ignore_errors=True)
    shutil.copytree(tree / "systemd", into / "units")
    made = facts.run(tree, "-m", "lib.fleet", "make-keys", "--worker", "one", **keys(folder))
    assert made.returncode == 0, made.stderr
    shutil.copytree(folder / "keys", into / "keys")
    write(into, "env", facts.env(tree))
    write(into, "settings", facts.settings_taken(tree))
    write(into, "flags", facts.flags(tree))
    write(into, "called", facts.called(tree))
    write(into, "hang", facts.hang(tree))
    write(into, "units", facts.units(tree, folder / "units"))
    write(into, "kiosk", facts.kiosk(tree, folder / "kiosk"))


def keys(folder: Path) -> dict[str, str]:
    return {"KEYS": str(folder / "keys")}


def record_show(tree: Path, into: Path, folder: Path) -> None:
    units = into / "units"
    with running(tree, at(folder, "first"), units) as show:
        play(show)
    kept = folder / "first" / "afterimage"
    shutil.rmtree(into / "state", ignore_errors=True)
    shutil.copytree(kept, into / "state")
    wanted = osc_table(tree)
    found: list[dict[str, set[str]]] = []
    for name in ("second", "third"):
        place = at(folder, name)
        shutil.copytree(into / "state", place / "afterimage")
        with running(tree, place, units) as show:
            found.append({kind: ask(show) for kind, ask in OF_A_SHOW.items()})
            found[-1]["osc"] = facts.osc(show, wanted)
            found[-1]["osc_replies"] = show.heard({"/not one of them, so that all are heard"})
    for kind in found[0]:
        both = found[0][kind] & found[1][kind]
        write(into, kind, {line for line in both if not BY_CHANCE.search(line)})
    sometimes = {k: sorted(found[0][k] ^ found[1][k]) for k in found[0]}
    print("not written down, since it was there only once:", sometimes)


def at(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def osc_table(tree: Path) -> set[str]:
    """The addresses and arguments that docs/control.md lists, and one preset by its address."""
    text = (tree / "docs" / "control.md").read_text("utf-8").split("## OSC")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(/\S+)` \| (?:`(.*?)`)? *\|", text, re.M)
    return {f"{address} {kinds}".strip() for address, kinds in rows} | {"/preset/dawn"}


def play(show: Show) -> None:
    """An evening in short, for the files that it leaves."""
    show.json("/glide_ms/0")
    show.json("/prompt/a%20forest%20of%20glass")
    show.json("/presets/dawn", "PUT")
    show.json("/presets/night", "PUT", {"values": {"opacity": 0}})
    show.json("/params", "PATCH", {"seed": 4711, "strength": 0.45, "prompt2": "a city of salt"})
    assert show.ask("/steps/99")[0] == 422
    show.json("/undo", "POST")
    show.json("/redo", "POST")
    show.json("/presets/dawn/recall", "POST")
    show.json("/params", "PATCH", {"seed": 4711, "strength": 0.45, "mirror": True})
    show.json("/cues", "PUT", SHEET)
    threading.Event().wait(1)  # it is on the disk within half a second


if __name__ == "__main__":
    raise SystemExit(main())
