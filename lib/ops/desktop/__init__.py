"""GNOME settings, shortcuts and kiosk sessions, and shortcuts on a machine without a desktop."""
