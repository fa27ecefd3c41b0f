"""Sources of pictures: a camera, files, another program, or a drawn scene.

Capture is a stage with a thread of its own; a camera's driver, the painting of a scene and the
opening of another source have threads beside it, because they may take long. Each picture leaves as
a JPEG of the wanted size that is sure to decode. A source that is gone is tried again; only a
camera's driver that hangs ends the process, because only a new process can open the camera again.
"""
