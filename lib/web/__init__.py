"""The live page and the addresses of the control port.

It owns the routes, the pages that are connected live, the preview for browsers, the metrics and the
contents of `/status`. It lives in the control process, on the HTTP server's thread and loop; checks
of prompts, and the reader of the feed, have threads of their own, which hand back to the loop. The
control room carries out all requests, and decides about them.

It never blocks the loop, bounds what a slow page has not read, and loads nothing from other hosts.
"""
