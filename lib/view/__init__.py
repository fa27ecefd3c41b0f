"""The screen: shows the newest frame of the feed, the slate when nothing comes, figures over both.

Lives in the process of the role view, on one thread. It is the only room that uses SDL. It changes
nothing of what is played: even the screen's brightness is set by the control process. On a machine
without a display it runs headless until there is one.
"""

QUIT = 64  # exit code: somebody at the screen pressed q or Escape, or closed the window
