"""A frame on the primary host: Capture > Dispatch > Publish, and beside them Report and Shed.

Lives in the process of the role stream, each stage on a thread of its own. It owns the ports of
workers and of the feed, and what is in flight. Frames go downstream only; what others need of a
stage is one immutable value that is replaced as a whole. It never decodes a picture but to read or
fit a source and to probe flicker, and never decides: that is `lib.core`'s.
"""
