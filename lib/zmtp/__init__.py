"""ZMTP 3.1 (RFC 37), with 3.0 (RFC 23) and 2.0 (RFC 15) as far as older libraries speak them.

It owns what the two ends of one connection say to each other: greeting, frames, commands, and the
security mechanisms NULL and CURVE (RFC 26), each in both roles. Bytes go in, messages and bytes
come out; everything that a peer may make us keep has a bound.
It lives on its caller's thread. It never reads or writes a socket, never looks at a clock, and
imports nothing of ours. A message has one part here.
"""
