"""One page about a site, to be printed and handed over."""

from __future__ import annotations

import platform
import re
import socket
import statistics
import time
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from bench.charts import Curve, Panel, bars, key, lines, stack
from bench.site.verdict import DROPS, Measured, Verdict
from lib.camera.devices import words_for
from lib.config.settings import PrimarySettings

MOST_WORKERS, MOST_WARNINGS = 8, 3
ALWAYS = ("resolution", "fps", "playout", "quality", "mode", "batch_size")

STYLE = """
@page { size: A4; margin: 11mm }
* { box-sizing: border-box }
body { font: 10.5px/1.3 system-ui, "Liberation Sans", sans-serif; margin: 0 auto; max-width: 188mm;
  color: #000; background: #fff; padding: 2mm 0 }
h1 { font-size: 17px; margin: 0 } h2 { font-size: 11.5px; margin: 7px 0 2px }
.verdict { border: 2px solid #000; padding: 5px 8px; margin: 5px 0; font-size: 14px }
.verdict.no { border-width: 5px } .verdict b { letter-spacing: .06em }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; padding: 1px 6px 1px 0; vertical-align: top;
  border-bottom: .5px solid #bbb; overflow-wrap: anywhere }
td:first-child { white-space: nowrap }
td.n, th.n { text-align: right; white-space: nowrap } th { font-weight: 600 }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 0 14px }
.figures { display: flex; gap: 20px; margin: 4px 0 } .figures b { font-size: 17px; display: block }
svg { width: 100%; display: block } svg.stack { height: 26px } p { margin: 1px 0 }
svg.key { width: 9px; height: 9px; display: inline-block }
footer { margin-top: 6px; color: #333 }
"""


def page(seen: Measured, verdict: Verdict, settings: PrimarySettings) -> str:
    word = "YES" if verdict.good else "NO"
    rows = [(one.what, "yes" if one.good else "NO", one.says) for one in verdict.checks]
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Afterimage on {escape(socket.gethostname())}</title><style>{STYLE}</style>
<h1>Afterimage: report of a site</h1>
<p>{escape(socket.gethostname())}, {time.strftime("%Y-%m-%d %H:%M %Z")}; measured for
{seen.seconds:.0f} s at the feed, as a viewer on this machine gets it</p>
<div class="verdict{"" if verdict.good else " no"}"><b>{word}.</b> {escape(verdict.says)}</div>
{_table(("", "", ""), rows)}
<div class="figures">{_figures(seen)}</div>
<div class="two"><div><h2>Frames a second</h2>{_rates(seen)}</div>
<div><h2>Latency, capture to feed, ms</h2>{_latencies(seen)}</div></div>
<div class="two"><div><h2>Time between two frames</h2>
{bars(seen.gaps_ms, (f"{1000 / seen.wanted:.1f} ms", 1000 / seen.wanted), "ms")}</div>
<div><h2>Not shown, meanwhile</h2>{_drops(seen)}{_warnings(seen)}</div></div>
<h2>Where the time goes, ms</h2>{_ladder(seen)}
<h2>Workers</h2>{_workers(seen)}
<div class="two"><div><h2>This machine</h2>{_machine(seen)}</div>
<div><h2>What is played</h2>{_played(seen)}<h2>Settings</h2>{_settings(settings)}</div></div>
<footer>python -m bench.site. No token, key or password is on this page.</footer>
</html>
"""


def _figures(seen: Measured) -> str:
    figures = {
        "shown a second": f"{seen.fps:.2f}",
        "captured a second": f"{seen.fps_in:.2f}",
        "latency, half within": f"{seen.latency['p50']:.0f} ms",
        "99 of 100 within": f"{seen.latency['p99']:.0f} ms",
        "gap, 99 of 100 within": f"{seen.gap['p99']:.1f} ms",
        "feed": f"{seen.mbit:.1f} Mbit/s",
    }
    return "".join(f"<div><b>{value}</b>{name}</div>" for name, value in figures.items())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 99) -> str:
    """Columns from `numbers` on are figures."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if n >= numbers else ''}>{text}</{tag}>"
            for n, text in enumerate(row)
        )

    top = f"<tr>{cells(head, 'th')}</tr>" if any(head) else ""
    # What comes from outside is escaped by who makes the row; keys of a stack are SVG.
    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<table>{top}{body}</table>"


def by_second(
    at_s: Sequence[float], values: Sequence[float] | None = None
) -> dict[int, list[float]]:
    """What came within each whole second; the last one, which is cut off, is left out."""
    found: dict[int, list[float]] = {n: [] for n in range(int(max(at_s, default=0.0)))}
    for n, at in enumerate(at_s):
        if int(at) in found:
            found[int(at)].append(values[n] if values else 1.0)
    return found


def _rates(seen: Measured) -> str:
    shown = by_second(seen.at_s)
    curves = [
        Curve("shown", [n + 0.5 for n in shown], [float(len(one)) for one in shown.values()]),
        Curve(
            "captured",
            [one.at_s for one in seen.series],
            [float(one.stream["fps_in"]) for one in seen.series],
        ),
    ]
    return lines(Panel("fps", curves, level=(f"wanted {seen.wanted:g}", seen.wanted)))


def _latencies(seen: Measured) -> str:
    seconds = {n: one for n, one in by_second(seen.at_s, seen.latencies_ms).items() if one}
    times = [n + 0.5 for n in seconds]
    half = Curve("half within", times, [statistics.median(one) for one in seconds.values()])
    worst = Curve("longest", times, [max(one) for one in seconds.values()])
    return lines(Panel("ms", [half, worst]))


def _drops(seen: Measured) -> str:
    rows = [(DROPS.get(name, escape(name)), str(many)) for name, many in seen.drops.items()]
    return _table(("", ""), rows, numbers=1)


def _warnings(seen: Measured) -> str:
    shown = seen.warnings[:MOST_WARNINGS]
    return "".join(f"<p>Warning: {escape(one)}</p>" for one in shown) or "<p>No warning.</p>"


def _ladder(seen: Measured) -> str:
    rungs = seen.ladder
    head = [f"{key(n)} {escape(name)}" for n, name in enumerate(rungs)]
    rows = [
        ["half within", *(f"{half:.1f}" for half, _ in rungs.values())],
        ["99 of 100", *(f"{worst:.1f}" for _, worst in rungs.values())],
    ]
    drawn = stack({name: half for name, (half, _) in rungs.items()})
    return drawn + _table(["", *head], rows, numbers=1)


def _workers(seen: Measured) -> str:
    head = ("name", "address", "makes pictures by", "frames/s", "share", "ms a frame", "of it")
    rows = [
        (
            escape(one.name[-32:]),
            escape(one.address),
            escape(one.made_by),
            f"{one.fps:.1f}",
            f"{100 * one.share:.0f} %",
            "?" if one.service_ms is None else f"{one.service_ms:.1f}",
            escape(", ".join(f"{name} {took:.1f}" for name, took in one.timings.items()))
            + (f"; {one.lost} lost" if one.lost else ""),
        )
        for one in seen.workers[:MOST_WORKERS]
    ]
    more = len(seen.workers) - MOST_WORKERS
    return _table(head, rows) + (f"<p>and {more} more</p>" if more > 0 else "")


def _machine(seen: Measured) -> str:
    rows = [(escape(one.what), escape(one.says)) for one in seen.about]
    degrees = [value for _, value in seen.celsius]
    if degrees:
        rows.append(("meanwhile", f"{min(degrees):.0f} to {max(degrees):.0f} °C"))
    rows.append(("system", escape(_system())))
    return _table(("", ""), rows)


def _system() -> str:
    try:
        text = Path("/etc/os-release").read_text("utf-8", "replace")
    except OSError:
        text = ""
    name = re.search(r'^PRETTY_NAME="?(.*?)"?$', text, re.M)
    return f"{name[1] if name else 'unknown'}, kernel {platform.release()}"


def told(settings: PrimarySettings) -> dict[str, str]:
    """What was set, and what a reader asks for first; no password, key or token."""
    found = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if not field.repr or name in ("role", "safety_words", "google_credentials"):
            continue
        if name in ALWAYS or value != field.get_default():
            text = words_for(value) if name == "camera" else str(value)
            found[name] = re.sub(r"//[^/@\s]+@", "//", text)
    return found


def _settings(settings: PrimarySettings) -> str:
    return f"<p>{'; '.join(f'{k} {escape(v[-60:])}' for k, v in told(settings).items())}</p>"


def _played(seen: Measured) -> str:
    params = seen.stream["params"]
    rows = [("prompt", escape(str(params.get("prompt", ""))[:160]))]
    names = ["num_inference_steps", "strength", "guidance_scale", "seed"]
    names += ["passthrough", "opacity", "black", "freeze"]
    rows.append(
        ("with", escape(", ".join(f"{one} {params[one]}" for one in names if one in params)))
    )
    rows.append(("source", escape(str(seen.stream["source"])[:120])))
    return _table(("", ""), rows)
