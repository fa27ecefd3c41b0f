"""The voice: a socket that people talk to, what their voices sound like, replies, and the page.

It lives on the loop of the signals' server; what waits for another server, a speech program or a
model has a thread or a process of its own. What is heard and said is kept by nobody: no audio, word
or score reaches a file, the log, a metric or the status. The estimate is called one wherever it is
shown, and moves the wall only by rows that the operator has armed.
"""
