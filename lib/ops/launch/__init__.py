"""What run.sh does besides installing: it examines the machine, or starts and watches app.py and
transform.py as child processes.

It runs as the parent of both, and takes no part in a show.
"""
