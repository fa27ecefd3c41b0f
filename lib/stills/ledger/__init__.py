"""The stills' ledger: who asked for which picture, who makes it, and the pictures themselves.

The only database of the program. `Ledger` may be called from any thread; each call is one
transaction, on the disk before it returns. What happens to a still is judged by lib/core/still.py
and its place by lib/core/lanes.py. It makes no picture, opens no port and starts no thread.
"""
