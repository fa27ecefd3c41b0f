"""The process of the tunnel: carries workers' ZMTP between their WebSockets and the two listeners.

Owns every connection once its token was checked by the service of stills, which hands it over, and
tells the listener whose it is. It lives on one thread of a process of its own, so that what stills
compute delays no frame. It looks into nothing that it carries, keeps at most one piece each way,
and listens on no port.
"""
