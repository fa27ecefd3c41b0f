"""Input that nobody should send, and how a show bears it."""
