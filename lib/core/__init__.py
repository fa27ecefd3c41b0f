"""All judgement: what enters, who gets it, when it is shown, what is taken under load, what a cue
sheet plays next.

Pure code that any thread or process may use: it reads no clock, no file and no socket, starts no
thread and writes no log. Times come in as arguments, in nanoseconds or seconds as their names say.
"""
