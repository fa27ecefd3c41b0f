"""What is played: the session that every door asks, the one state it keeps, presets, cues, journal.

Lives in the control process. Any thread may ask the session; the store, the link to the stream,
the timer of cues and the host's health are stages with threads of their own. It listens on no
network port, knows no door, and is never waited for by a frame.
"""
