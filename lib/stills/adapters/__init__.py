"""Older protocols that clients of others speak: each is translated to jobs and their events.

Lives in the process of stills, on the event loop of its server, on ports of its own. An adapter
has no logic beyond its protocol: what it asks for stands in the same queue as everything else, and
bad input costs its own request and nobody else's. Framing is pure code that is handed bytes.
"""
