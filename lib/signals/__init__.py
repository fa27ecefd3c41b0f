"""Signals: named numbers from 0 to 1 that move the picture. Owns the bus, its sources, what each
row of the mapping makes of them, and the pages on 5560. It lives in a process of its own, which
app.py starts. The show does not depend on it: no frame passes here, and a state that stops coming
glides to nothing. It changes nothing that is played by itself: what people change goes to control.
"""
