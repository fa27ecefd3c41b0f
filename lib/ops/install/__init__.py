"""Makes this machine a primary host or a worker, step by step; repeating it changes nothing.

A program that an administrator starts. It runs on any bare Python, since it installs the packages.
"""
