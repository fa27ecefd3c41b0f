"""The painter's stills: pictures that follow the words, without a GPU. This is no diffusion.

A scene is drawn (`lib/scene`), laid on with brush strokes from coarse to fine, given the style
network's fine detail and a finish by its medium. It runs on the thread that calls it, in pieces of
some 30 ms, and never keeps anything from one still to the next.
"""
