"""make-token.sh: the tokens of a show, kept in .env, and the links and QR codes that have them in
them. Done again it makes no other ones, unless told so."""

from __future__ import annotations

import io
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from lib.config.parser import SentenceParser
from lib.core.tokens import can_be_guessed, worker_token_of
from lib.files import read_text
from lib.ops import ROOT
from lib.ops.fleet.agent import envfile
from lib.ops.install.checks import tool

PROGRAM = "make-token.sh"
_WHITE_ON_BLACK, _PLAIN = "\x1b[97;40m", "\x1b[0m"  # whatever the terminal's own colours are
EVERYWHERE = ("0.0.0.0", "::")
# Scope -> what its token opens, and the setting of the port that its links lead to, if any do.
OPENS = {
    "control": "everything",
    "guest": "stills and map, for guests",
    "worker": "work, for workers",
}
PORTS = {"control": ("SETTINGS_PORT", "5556"), "guest": ("STILLS_PORT", "5559")}


def main(argv: list[str]) -> int:
    parser = SentenceParser(
        PROGRAM, hint="; the options are --guest, --new and --qr", description=str(__doc__)
    )
    parser.add_argument("--guest", action="store_true", help="also make a token for guests")
    parser.add_argument(
        "--new",
        nargs="?",
        const="control",
        choices=tuple(OPENS),
        help="replace this token by a new one (default: the control token)",
    )
    parser.add_argument(
        "--qr", action="store_true", help="print QR codes even if the output is not a terminal"
    )
    path = ROOT / (os.environ.get("ENV_FILE") or ".env")
    asked = parser.parse_args(argv)
    try:
        _make(path.resolve(), asked.guest, asked.new, asked.qr)
    except (OSError, UnicodeDecodeError, envfile.EnvError) as error:
        print(f"{PROGRAM}: {path}: {error}", file=sys.stderr)
        return 1
    return 0


def _make(path: Path, guest: bool, anew: str | None, codes: bool) -> None:
    text = read_text(path) if path.exists() else ""
    before = envfile.values(text)
    tokens = chosen(before, guest or anew == "guest", anew)
    fresh = {name: token for name, token in tokens.items() if before.get(name, "") != token}
    if fresh:
        envfile.write(path, envfile.changed(text, fresh))
        _say(f"new in {path}: {', '.join(fresh)}; restart app.py to use it")
        if "WORKER_TOKEN" in fresh and before.get("CONTROL_TOKEN"):
            _say("send it to the workers: automation/update-env.sh")
    else:
        path.chmod(0o600)
        _say(f"the tokens in {path} are unchanged")
    for name, token in tokens.items():
        if can_be_guessed(token):
            scope = name.removesuffix("_TOKEN").lower()
            _say(f"{name} is short and can be guessed: {PROGRAM} --new {scope} makes a longer one")
    _show(before, tokens, codes)


def chosen(before: Mapping[str, str], guest: bool, anew: str | None) -> dict[str, str]:
    """The tokens from now on, by the names of their settings; those there stay, but for `anew`."""
    there = {scope: before.get(f"{scope.upper()}_TOKEN", "") for scope in OPENS}
    # Workers that were sent one made from the control token keep it.
    there["worker"] = worker_token_of(there["control"], there["worker"])
    wanted = [scope for scope in OPENS if scope != "guest" or guest or there["guest"]]
    return {
        f"{scope.upper()}_TOKEN": secrets.token_urlsafe(24)
        if scope == anew or not there[scope]
        else there[scope]
        for scope in wanted
    }


def _show(values: Mapping[str, str], tokens: Mapping[str, str], codes: bool) -> None:
    bind = values.get("BIND", "")
    reached = addresses(bind, tool("hostname", "-I").split())
    for scope, (setting, usual) in PORTS.items():
        token, port = tokens.get(f"{scope.upper()}_TOKEN"), values.get(setting) or usual
        if not token or port == "0":
            continue
        _say(f"to open {OPENS[scope]}:")
        links = [f"http://{one}:{port}/?token={quote(token, safe='')}" for one in reached]
        print("\n".join(links), flush=True)
        elsewhere = [link for link in links if "//localhost:" not in link]
        if elsewhere and (codes or sys.stdout.isatty()) and not _only_here(bind):
            _print_code(elsewhere[0])
    if _only_here(bind):
        _say(
            "only this machine can open it until BIND names its address in your network, "
            "or 0.0.0.0 for all its networks"
        )


def _print_code(link: str) -> None:
    """The code of a link for phones, which do not reach localhost."""
    try:
        import segno
    except ModuleNotFoundError:  # before anything is installed
        return
    # A screen is neither torn nor dirty: the fewest modules, so that a phone may be further away.
    code = io.StringIO()
    segno.make_qr(link, error="l", boost_error=False).terminal(code, border=4, compact=True)
    for line in code.getvalue().splitlines():
        print(f"{_WHITE_ON_BLACK}{line}{_PLAIN}", file=sys.stderr)
    _say(link.partition("?")[0])


def addresses(bind: str, ours: list[str]) -> list[str]:
    """The addresses at which others reach a server bound to `bind`, of this machine's `ours`."""
    if not _only_here(bind) and bind not in EVERYWHERE:
        return [f"[{bind}]" if ":" in bind else bind]
    reached = ["localhost", *(one for one in ours if ":" not in one)]
    if bind == "::":  # a link's own address is of no use without the name of an interface
        reached += [f"[{one}]" for one in ours if ":" in one and not one.startswith("fe80:")]
    return reached


def _only_here(bind: str) -> bool:
    return bind in ("", "localhost", "::1") or bind.startswith("127.")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
