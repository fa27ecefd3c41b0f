"""What runs on another machine: sent there as it is, so that both ends are of one version.

Standard library only: the other machine may be half installed.
"""
