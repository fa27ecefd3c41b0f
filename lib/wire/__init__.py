"""What travels between programs: messages, the listening ports, libzmq's sockets, keys.

It owns the three public ports of a primary host (worker, result and feed listener), the sockets of
workers and viewers, the topics between the processes of one host, and every check of what arrives.
A listener lives on the thread that polls it, but the feed's connections have a thread of their own,
and so have the key files. It never judges a frame, and never blocks its caller on a peer.
"""
