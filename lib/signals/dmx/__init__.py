"""DMX over the network: light desks move signals, and the picture moves lights.

Owns the packets of Art-Net and sACN, which sender of a universe counts, and the fixtures that show
the colours of the picture. Packets, merging and fixtures are pure; a thread each receives and
sends. It listens only where the settings say so, never answers a stranger, and a packet that is no
good is counted and dropped.
"""
