"""Shared maps of pictures: their rooms, their store, their addresses and page.

Lives in the process of stills, on the loop that serves 5559; waits for the ledger on the ledger's
threads. A map is ordered by one room while somebody looks at it or something is made there, and
is read from the ledger otherwise. What is acknowledged is on the disk. Never makes pictures, and
never shows the raw source.
"""
