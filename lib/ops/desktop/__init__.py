"""GNOME's settings, shortcuts, kiosk sessions, and shortcuts on a machine without a desktop.

Programs that a person starts, and in a kiosk session a process that reads the keyboards. They need
no package but ours, and never run inside a show's processes.
"""
