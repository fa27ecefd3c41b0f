"""JPEG and picture files: reads, checks, decodes, fits and encodes them.

The only room that knows a codec. It has no thread of its own: each thread that decodes opens its
own codec. It never believes what a file claims, and checks the size before it decodes.
"""
