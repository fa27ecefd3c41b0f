"""What every service of ours that speaks HTTP is built on: the only room that knows uvicorn.

It owns the server's thread and event loop, the bounds on connections, requests and bodies, the
guard before the app (host names, foreign sites, token, rate), and how refusals, bodies and the
description of a port are written. A service brings its own app, bind, limits and token; see
`HttpService` in server.py. One server runs in one process, on a thread of its own.

It knows no service: no route of one, nothing of what is played. It never waits on that thread.
"""
