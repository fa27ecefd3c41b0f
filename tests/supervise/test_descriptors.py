"""As many connections as the user may hold."""

from __future__ import annotations

import resource

from lib.supervise.descriptors import raise_descriptors


def test_the_limit_is_raised_as_far_as_it_may_be() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        assert raise_descriptors() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
        assert raise_descriptors() == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
