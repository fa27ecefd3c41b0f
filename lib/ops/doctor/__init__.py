"""`app.py --doctor`: examines all that a show needs.

A program of its own that a person starts, which probes on threads: every probe has a time limit,
and none can hold up the table. It repairs nothing, and does not disturb a show that runs.
"""
