"""The live page and the addresses of the control port.

It owns the routes, the pages that are connected live, the preview for browsers, the metrics and
what `/status` says. It lives in the control process, on the HTTP server's thread and loop; checks
of prompts, and the reader of the feed, have threads of their own, which hand back to the loop.
Whatever is asked is played by the control room: nothing is decided about it here.

It never waits on the loop, never keeps what a slow page has not read, and loads nothing from
elsewhere.
"""
