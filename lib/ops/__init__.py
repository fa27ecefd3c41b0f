"""Setting machines up and looking after them: installation, units, keyboard shortcuts and desktop,
the fleet over ssh, the doctor, and what run.sh starts.

Each is a program of its own that a person or a unit starts and that ends; nothing here runs inside
a show. Much of it runs on a fresh machine's bare Python: packages are imported late.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # known without our settings, which need packages
