"""The feed as those see it who put pictures out: the screen, the page's preview, all that comes.

Owns the connection to 5557, which picture may follow which, and how long the last one is held and
how it fades. It has no thread: a reader belongs to the thread that made it. It decodes no JPEG and
draws nothing.
"""
