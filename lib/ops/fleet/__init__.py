"""Operates all machines of a show at once, from the primary host, over ssh.

Owns how machines are named, asked, restarted in waves and updated. It runs in programs of its own,
which wait for each machine on a thread. Nothing that was typed passes through a remote shell,
unless the user asks for a line of shell.
"""
