"""The tables of docs/control.md are the code's own."""

from __future__ import annotations

from lib.chat.commands import COMMANDS
from lib.config.controls import CONTROLS
from lib.config.settings import ROOT
from lib.osc.addresses import ADDRESSES
from lib.osc.show_report import REPORTS


def chat_rows() -> list[str]:
    meant = {f"/{one.name} VALUE": f"{one.help}; {one.allowed}" for one in CONTROLS.values()}
    meant |= {one.usage: one.help for one in COMMANDS.values()}
    # A bar inside a table ends its cell.
    return [f"| `{usage.replace('|', chr(92) + '|')}` | {help} |" for usage, help in meant.items()]


def osc_rows() -> list[str]:
    return [
        f"| `{address}` | {f'`{one.arguments}`' if one.arguments else ''} | {one.what} |"
        for address, one in ADDRESSES.items()
    ]


def table_after(heading: str) -> list[str]:
    """The rows of the first table below a heading, without its head."""
    lines = (ROOT / "docs" / "control.md").read_text("utf-8").splitlines()
    rows: list[str] = []
    for line in lines[lines.index(heading) :]:
        if line.startswith("|"):
            rows.append(line)
        elif rows:
            break
    return rows[2:]


def test_chat_commands() -> None:
    assert table_after("## The chat") == chat_rows()


def test_osc_addresses() -> None:
    assert table_after("## OSC") == osc_rows()


def test_what_comes_back_by_osc() -> None:
    rows = [f"| `{address}` | `{one.kind}` | {one.what} |" for address, one in REPORTS.items()]
    assert table_after("For labels and lamps these come back as well:") == rows
