"""The code that runs on another machine. It is sent there for each request, so that both ends are
of one version.

Standard library only: the other machine may be half installed.
"""
