"""The chat at a terminal: keys go in, and what a person would see comes out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from lib.chat.commands import Chat
from lib.chat.host import Host
from lib.chat.input_history import InputHistory
from lib.chat.keyboard import Keyboard
from lib.config.settings import ROOT
from lib.control.journal import Origin
from tests.web import conftest


def typed(chat: Chat, path: Path, keys: str) -> Keyboard:
    with create_pipe_input() as source:
        source.send_text(keys)
        keyboard = Keyboard(chat, InputHistory(path, pytest.fail), source, DummyOutput())
        keyboard.run()
    return keyboard


def test_keys_history_and_ctrl_d(shared: conftest.Host, tmp_path: Path) -> None:
    chat, path = Chat(Host("127.0.0.1", shared.http_port)), tmp_path / "chat-history"
    typed(chat, path, "a cat\r/seed 4\r\x04")
    assert (shared.session.played.prompt, shared.session.played.seed) == ("a cat", 4)
    assert path.read_text() == "a cat\n/seed 4\n"
    chat.do("/seed 9")
    typed(chat, path, "\x1b[A\r\x04")  # up, across runs
    assert shared.session.played.seed == 4


def test_ctrl_c_and_quit_leave_too(shared: conftest.Host, tmp_path: Path) -> None:
    chat = Chat(Host("127.0.0.1", shared.http_port))
    typed(chat, tmp_path / "a", "half a line\x03")
    typed(chat, tmp_path / "a", "/quit\r")
    assert shared.session.played.prompt != "half a line"


def test_what_is_pasted_is_several_lines(shared: conftest.Host, tmp_path: Path) -> None:
    chat = Chat(Host("127.0.0.1", shared.http_port))
    typed(chat, tmp_path / "a", "\x1b[200~/seed 21\n/steps 3\x1b[201~\r\x04")
    assert (shared.session.played.seed, shared.session.played.num_inference_steps) == (21, 3)


class Terminal:
    """The program itself at a terminal of its own."""

    def __init__(self, port: int, home: Path) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 110, 0, 0))
        environment = {
            **os.environ,
            "XDG_STATE_HOME": str(home),
            "TERM": "xterm",
            "ENV_FILE": "/dev/null",
        }
        command = [sys.executable, str(ROOT / "input-publisher.py"), "--port", str(port)]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True
        )
        os.close(slave)
        self.seen = ""

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def wait_for(self, text: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while text not in self.plain and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0] and not self._read():
                break
        assert text in self.plain, self.plain

    def _read(self) -> bool:
        """False when the program has ended."""
        try:
            said = os.read(self.master, 65536).decode("utf-8", "replace")
        except OSError:
            return False
        if "\x1b[6n" in said:  # where is the cursor?
            self.type("\x1b[1;1R")
        self.seen += said
        return True

    @property
    def plain(self) -> str:
        """Without colours; a cursor that moves right leaves a space behind."""
        spaced = re.sub(r"\x1b\[[0-9]*C", " ", self.seen)
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", spaced)

    def leave(self) -> int:
        """Ctrl+D, again where it came between two prompts and meant nothing; the program's code."""
        for _ in range(10):
            self.type("\x04")
            end = time.monotonic() + 1
            while self.process.poll() is None and time.monotonic() < end:
                if select.select([self.master], [], [], 0.1)[0] and not self._read():
                    return self.end()
            if self.process.poll() is not None:
                break
        return self.end()

    def end(self) -> int:
        """Its code, after everything it still has to say."""
        while select.select([self.master], [], [], 0.3)[0] or self.process.poll() is None:
            if not self._read():
                break
        if self.process.poll() is None:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.master)
        return self.process.returncode


@pytest.fixture
def terminal(shared: conftest.Host, tmp_path: Path) -> Iterator[Terminal]:
    one = Terminal(shared.http_port, tmp_path)
    try:
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
            one.end()


def test_at_a_terminal(shared: conftest.Host, terminal: Terminal) -> None:
    shared.session.play({"opacity": 1.0, "strength": 0.7}, Origin("page", "10.0.0.9"))
    terminal.wait_for("30.0 fps in, 29.9 out, 31 ms, 1 worker |")
    terminal.type("/stre")
    terminal.wait_for("how far the picture may move away from the source")
    terminal.type("\t 0.125\r")
    terminal.wait_for("-> 0.125")
    shared.session.play({"opacity": 0.5}, Origin("page", "10.0.0.9"))
    terminal.type("a line that is being typed")
    terminal.wait_for("page 10.0.0.9: opacity 1 -> 0.5")
    terminal.type("\x15/nonsense\r")
    terminal.wait_for("there is no command /nonsense")
    assert terminal.leave() == 0
    assert "Traceback" not in terminal.seen


def test_ctrl_c_while_it_starts_leaves_no_trace(shared: conftest.Host, tmp_path: Path) -> None:
    one = Terminal(shared.http_port, tmp_path)
    time.sleep(0.15)
    one.process.send_signal(signal.SIGINT)
    code = one.end()
    assert code in (0, -signal.SIGINT)
    assert "Traceback" not in one.seen
