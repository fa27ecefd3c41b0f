"""The base of every HTTP service of ours, and the only room that uses uvicorn.

It owns the server's thread and event loop, the bounds on connections, requests and bodies, the
guard before the app (host names, foreign sites, token, rate), and the form of refusals, bodies and
a port's description. A service brings its own app, bind, limits and token; see `HttpService` in
server.py. One server runs in one process, on a thread of its own, which it never blocks.

It knows no service: no route of one, nothing of what is played.
"""
