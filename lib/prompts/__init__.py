"""Words on their way to the wall: refused, translated, or let through by one policy for every door.

Lives in the control process, on the thread of whoever asks; a check may take seconds, so an event
loop asks from a thread. It never plays anything itself, and never shows a prompt to anybody but
the services that the settings name.
"""
