"""Forwards to lib/ops what machines installed before it existed call by the name lib.fleet."""
