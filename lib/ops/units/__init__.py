"""The files of systemd, polkit and sudo, and the growing waits between a unit's failures."""
