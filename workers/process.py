"""What one process of ours has: its house, and whether it was asked to stop."""

import functools
import os
import threading

from broadcaster.bootstrap import House, build_house

STOPPING = threading.Event()
"""Set by SIGTERM: the window that is on the wire is finished, no other is begun."""


@functools.cache
def the_house() -> House:
    """Build the house of this process, once. Raises ConfigurationError."""
    return build_house(os.environ)
