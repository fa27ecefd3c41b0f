"""Drawn scenes: what is shown without a camera, and what the words of a prompt ask for.

A scene draws the picture of a moment, or of a prompt and a seed, into pixels of its own, on the
thread that asks for it. It reads no clock, and of files only its list of words; the same moment
and the same prompt always give the same picture.
"""
