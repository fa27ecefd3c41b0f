"""Reading the feed, for everything that puts pictures out: the screen and the page's preview.

Owns the connection to port 5557, the order of pictures, how long the last one is held, and its
fade. It has no thread: a reader belongs to the thread that made it. It decodes no JPEG and draws
nothing.
"""
