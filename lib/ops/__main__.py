"""Runs the scripts of automation/: the first argument names the script, the rest are its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence

Command = Callable[[list[str]], int]


def _fleet(name: str) -> Command:
    def run(argv: list[str]) -> int:
        from lib.ops.fleet import commands

        found: Command = getattr(commands, name)
        return found(argv)

    return run


def _alone(name: str) -> Command:
    def run(argv: list[str]) -> int:
        from lib.ops import local

        found: Command = getattr(local, name)
        return found(argv)

    return run


def _make_keys(argv: list[str]) -> int:
    from lib.ops import make_keys

    return make_keys.main(argv)


def _make_ledger_key(argv: list[str]) -> int:
    from lib.ops import make_ledger_key

    return make_ledger_key.main(argv)


def _make_token(argv: list[str]) -> int:
    from lib.ops import make_token

    return make_token.main(argv)


COMMANDS: dict[str, Command] = {
    "make-keys": _make_keys,
    "make-ledger-key": _make_ledger_key,
    "make-token": _make_token,
    **{
        name: _fleet(name) for name in ("fleet", "run", "env", "keys", "reload", "shutdown", "test")
    },
    **{
        name: _alone(name)
        for name in ("install", "uninstall", "shortcuts", "kiosk", "session", "listen", "frames")
    },
}


def main(argv: Sequence[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        print(f"lib.ops: name one of {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[argv[0]](list(argv[1:]))
    except KeyboardInterrupt:
        print("interrupted: what is printed above is done, the rest is not", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("lib"):
            raise
        print(
            f"{error.name} is missing: ./run.sh or automation/install-primary.sh installs it",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
