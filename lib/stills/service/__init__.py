"""The service of stills, on port 5559: clients ask, workers lease, everybody sees how far it is.

It runs in a process of its own: an event loop on the server's thread, a few threads that wait for
the ledger, one that decodes pictures, one that sweeps. The loop waits for no disk and decodes
nothing. What is said by a client or a worker is checked here; what is true stands in the ledger.
It makes no picture, and no frame of the wall passes here.
"""
