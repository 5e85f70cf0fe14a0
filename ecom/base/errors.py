"""The one exception that the command line turns into a sentence."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a finished command tells the shell."""

    OK = 0
    FINDING = 1  # the command ran, and what it checked is not as it should be
    USAGE = 2  # the command line or a setting is wrong
    UNAVAILABLE = 3  # a service, a file or a network that is needed is not there
    INTERRUPTED = 130


class EcomError(Exception):
    """One plain sentence for the reader: what, where, and what to do next.

    >>> raise EcomError("Trino at 127.0.0.1:8080 does not answer; start it with `ecom up`.")
    """

    def __init__(self, sentence: str, code: ExitCode = ExitCode.UNAVAILABLE) -> None:
        super().__init__(sentence)
        self.code = code
