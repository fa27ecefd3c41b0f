"""Settings, fixed at boot, and parameters, played while the show runs: one typed table each.

It owns where their values come from (flags, the environment, `.env`, a parent process), what each
may be, the sentence that says so, and the run folder that the processes of a host share. It has no
thread, opens no socket, and plays nothing.
"""
