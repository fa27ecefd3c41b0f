"""The two ports of an older protocol between programs that draw and programs that measure: the
broker on 4444 hands out thirty numbers, thirty times a second; on 3333 band powers come in. Each is
a source with an event loop on a thread of its own, since what has a cadence waits for no page.
"""
