"""Drivers: MIDI ports, the lab streaming layer and EEG boards, each in a process of its own.

Their libraries are in C, may hang, and may end the process that calls them. So a child process
calls them and writes what it reads as lines of JSON; a source in the process of signals reads these
lines, ends a child that falls silent, and starts it again. A child ends with its parent. It opens
no port of ours, and knows nothing of the show.
"""
