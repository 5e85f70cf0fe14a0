"""A command started as a terminal starts it."""

import signal


def sigint_ends() -> None:
    """For `preexec_fn`: what runs in the background inherits that SIGINT is ignored, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
