"""Runs a program with only those system calls that a unit lets it have, and no rights to gain.

    python -m tests.ops.units.filtered NAME,NAME,... PROGRAM ARGUMENT...

A stand-in for systemd, which does the same with the same library; whatever else is called gets
EPERM.
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from functools import cache

LIBRARY = "libseccomp.so.2"
PR_SET_NO_NEW_PRIVS = 38
ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM


def allowed(words: list[str]) -> set[str]:
    """What SystemCallFilter= lets through: a list that starts with what is allowed."""
    names = {"execve", "exit", "exit_group", "rt_sigreturn"} | members("@default")
    for word in words:
        line, removes = (word[1:], True) if word.startswith("~") else (word, False)
        group = members(line)
        names = names - group if removes else names | group
    return names


@cache
def members(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    done = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter", name],
        capture_output=True,
        text=True,
        check=True,
    )
    listed = (line.strip() for line in done.stdout.splitlines()[1:])
    return {one for line in listed if line and line[0] != "#" for one in members(line)}


def load(names: list[str]) -> None:
    library = ctypes.CDLL(LIBRARY, use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(REFUSE))
    for name in names:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # below: not on this kind of machine
            library.seccomp_rule_add_array(context, ALLOW, number, 0, None)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or library.seccomp_load(context):
        raise OSError(ctypes.get_errno(), "the filter cannot be loaded")


if __name__ == "__main__":
    load(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
