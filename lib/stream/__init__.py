"""A frame on the primary host: Capture > Dispatch > Publish, and beside them Report and Shed.

Lives in the process of the role stream, each stage on a thread of its own. It owns the ports of the
workers and of the feed, and the frames in flight. Frames go downstream only; what others need from
a stage is one immutable value that is replaced as a whole. It decodes pictures only to read or fit
a source and to probe flicker, and leaves every decision to `lib.core`.
"""
