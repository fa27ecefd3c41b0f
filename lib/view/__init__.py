"""The screen. `QUIT` is the exit code that asks the supervisor to end the whole application."""

QUIT = 64  # somebody pressed q or Escape, or closed the window
