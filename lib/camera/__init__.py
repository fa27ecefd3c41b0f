"""Which cameras this machine has, and what they can give.

Asks the kernel (V4L2) and opens nothing for longer than a question takes, on the caller's thread.
It never reads a picture: that is lib/stream/capture's.
"""
