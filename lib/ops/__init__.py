"""Operations: installation, units, keyboard shortcuts and desktop, the fleet over ssh, the doctor,
and the programs that run.sh starts.

Each is a program of its own, started by a person or a unit; nothing here runs inside the processes
of a show. Much of it runs on a fresh machine's bare Python, so packages are imported late.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # found without our settings, which need packages
