"""Single pictures: the ledger of who asked for which one and who makes it, and the service that
clients and workers reach it by over HTTP. They live in a process of their own, which app.py starts.
The show does not depend on it: no frame passes here, and no picture is made here.
"""
