"""The file that a command was given to read, or standard input."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ecom.base.errors import EcomError, ExitCode


@contextmanager
def opened(file: str, remedy: str) -> Iterator[IO[bytes]]:
    """`-` is standard input. Raises EcomError (usage), with what to do as `remedy`, where the file cannot be read."""
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as content:
            yield content
    except OSError as error:
        raise EcomError(f"Cannot read {file} ({error.strerror}); {remedy}.", ExitCode.USAGE) from None
