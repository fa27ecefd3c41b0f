"""Drawn scenes, which are shown if there is no camera and no directory.

A scene draws the picture of a moment into pixels of its own, on the thread that asks for it. It
reads no clock and no file, and the same moment always gives the same picture.
"""
