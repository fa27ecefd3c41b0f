"""What stands in the documents: blocks of shell, commands, names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lib.config.settings import ROOT

DOCS = ROOT / "docs"
EVERY = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
FOR_TECHNICIANS = [DOCS / f"{name}.md" for name in ("setup", "operate", "warnings", "troubleshoot", "show-day")]

_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_FENCED = re.compile(r"```.*?```", re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
# What a span of code begins with where it is something to type.
_TYPED = re.compile(
    r"(sudo|systemctl|journalctl|automation/\S+\.sh|\./\S+\.sh|(\.venv/bin/)?python|git|curl"
    r"|v4l2-ctl|nvidia-smi|fuser|timedatectl|ping|ffprobe|du|docker)(?![\w-])"
)


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(page: Path) -> list[str]:
    return _BLOCK.findall(text_of(page))


def spans(page: Path) -> list[str]:
    return _SPAN.findall(_FENCED.sub("", text_of(page)))


def commands(page: Path) -> list[list[str]]:
    """Every command that a reader is told to type, as words, without sudo."""
    lines = [line for block in blocks(page) for line in block.replace("\\\n", " ").splitlines()]
    typed = [span for span in spans(page) if _TYPED.match(span)]
    return [words for line in [*lines, *typed] for words in _split(line)]


def _split(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if re.fullmatch(r"[;&|()]+", word):
            if words:
                yield _bare(words)
            words = []
        else:
            words.append(word)


def _bare(words: list[str]) -> list[str]:
    """Without who runs it, with what variables, and where its words go."""
    while words and (words[0] in ("sudo", "-n") or re.match(r"[A-Z_]+=", words[0])):
        words = words[1:]
    at = next((n for n, word in enumerate(words) if re.fullmatch(r"[<>]+", word)), len(words))
    words = words[:at]
    return [words[0].removeprefix("/usr/bin/"), *words[1:]] if words else []


def flags(words: list[str]) -> list[str]:
    return [word.partition("=")[0] for word in words[1:] if re.match(r"--[a-z]", word)]
