"""Makes this machine a primary host or a worker, step by step; repeating it changes nothing."""
