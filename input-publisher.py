"""A chat line becomes a control command: type a prompt, or /help.

Reads a pipe or a script as well as a keyboard, and then ends with 1 when a line was refused or the
host was not there; a line that begins with # is a comment:
    echo "a forest of glass" | python input-publisher.py --host 192.168.1.10
"""

from __future__ import annotations

import io
import os
import signal
import sys

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C while the imports run ends it quietly

from lib.chat.address import host_from
from lib.chat.commands import FIRST_LINE, Chat, QuitChat
from lib.chat.host import UnreachableError
from lib.chat.input_history import InputHistory, history_file
from lib.config.controls import RefusedError


def main() -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # characters a terminal cannot show are no error
            stream.reconfigure(errors="surrogateescape" if stream is sys.stdin else "replace")
    chat = Chat(host_from(__doc__ or ""))
    try:
        if sys.stdin.isatty() and sys.stdout.isatty() and _type(chat):
            return 0
        return _read(chat)
    except KeyboardInterrupt:
        return 0 if sys.stdin.isatty() else 130
    except BrokenPipeError:  # the reader of the answers has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _type(chat: Chat) -> bool:
    """Read from a keyboard with completion and history; False if those are not installed."""
    try:
        from lib.chat.keyboard import Keyboard
    except ImportError:
        print("prompt_toolkit is not installed, so there is no completion and no history here")
        return False
    Keyboard(chat, InputHistory(history_file(), print)).run()
    return True


def _read(chat: Chat) -> int:
    """Carry out line after line; return 1 if one of them failed."""
    keyboard, failed = sys.stdin.isatty(), False
    if keyboard:
        print(FIRST_LINE)
    while True:
        if keyboard:
            print("> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return 1 if failed and not keyboard else 0
        is_comment = not keyboard and line.lstrip().startswith("#")
        if line.strip() and not is_comment:
            try:
                print(chat.do(line), flush=True)
            except QuitChat:
                return 1 if failed and not keyboard else 0
            except (RefusedError, UnreachableError) as error:
                failed = True
                print(error, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
