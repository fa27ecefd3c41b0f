"""JPEG and picture files: reads, checks, decodes, fits and encodes them.

The only room that uses a codec. It has no thread of its own: each thread that decodes opens its own
codec. It never trusts what a file claims, and checks the size before it decodes.
"""
