"""Attacks on a running show: what strikes it, who watches it, and what must hold all the same."""
