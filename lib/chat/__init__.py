"""The chat of input-publisher.py: a line becomes a request to the control port.

It runs as a program of its own, on any machine: one thread reads lines and asks, another polls the
host. It shares with the host only the table of controls, to refuse and to complete before it asks.
"""
