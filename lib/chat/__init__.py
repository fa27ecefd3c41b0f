"""The chat of input-publisher.py: a line becomes a request to the control port.

A program of its own, on one thread, on any machine; it imports nothing of the running host but the
table of controls, to refuse and to complete before it asks.
"""
