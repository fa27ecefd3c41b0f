"""A map that several people edit at once, as judgement alone: what it consists of, who may write
which field, in which order the operations count, and what a page shows meanwhile.

The service orders (`order.py`), pages follow (`replica.py`, `undo.py`; lib/canvas/page has the same
in JavaScript, and tests/canvas/vectors holds both to one behaviour). The last writer of a field
wins. No I/O, no clock, no ids of its own making.
"""
