"""Load shedding: what is taken from the pictures while the workers cannot keep up.

`levels` defines what may be taken, `window` measures how the workers keep up, `shedder` decides
what is taken and when it is given back. Users, the status and the log call all of it relief.
"""
