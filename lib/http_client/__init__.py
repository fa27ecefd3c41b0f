"""HTTP that we ask for elsewhere: one request, one deadline for all of it, through httpcore.

It lives on the caller's thread, follows no redirect, and puts no text of a server into a sentence.
It never tries again by itself: whether a question may be asked twice, only its asker knows.
"""
