"""Stills: what a worker makes beside the live picture. It dials out and never listens.

`Lease` claims a still, fetches its pictures and hands in what was made; `Beats`, on a thread of its
own, reports and hears whether anybody still wants it; `Making` is the still between them and the
engine's thread, which is that of `MakeStills`, or of the live picture, between its frames.
"""
