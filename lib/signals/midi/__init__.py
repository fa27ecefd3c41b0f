"""MIDI: controllers move signals, and their motor faders and pad lights follow the show.

Owns what the bytes mean (by mido), the controls that were learned, and what is sent back to a
controller. All of that is pure. A port of this machine is opened by a process of its own, since
its library may hang; what it reads comes in here as bytes. It never sends a message that would
change a controller's own settings.
"""
