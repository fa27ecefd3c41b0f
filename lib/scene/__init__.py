"""Drawn scenes: what is shown where there is no camera and no directory.

A scene draws the picture of a moment into pixels of its own, on the thread that asks for it. It
reads no clock and no file, and the same moment is always the same picture.
"""
