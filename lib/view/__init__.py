"""The screen: the newest frame of the feed, the slate when nothing comes, figures over both.

Lives in the process of the role view, on one thread: the only room that knows SDL. It plays
nothing: how bright the screen is, it is told. A machine without a display goes on headless until
there is one.
"""

QUIT = 64  # exit code: somebody at the screen pressed q or Escape, or closed the window
