"""OSC, a door of control for show software: packets, what each address means, echoes to tablets.

A stage of the control process with a socket of its own; a text that takes long to check waits on a
thread beside it. It never plays anything but through the session.
"""
