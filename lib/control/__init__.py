"""What is played: the session that every door uses, its state, presets, cues, journal.

Lives in the control process. Any thread may use the session; the store, the link to the stream, the
timer of cues and the host's health are stages with threads of their own. It listens on no network
port, knows none of the doors, and no frame ever waits for it.
"""
