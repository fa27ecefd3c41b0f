"""Fault injection: shows that are broken on purpose, and an invariant checker that watches them."""
