"""Text of strangers for a terminal: what would command it is shown. As a program, a filter from pipe to terminal."""

import codecs
import os
import sys
from typing import BinaryIO

KEPT = "\n\t"
BUFFER = 65_536  # bytes


def shown(text: str) -> str:
    """`text` with every character that is not printable as its escape, but for ends of lines and tabs."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in KEPT else c.encode("unicode_escape").decode("ascii") for c in text)


def copy_shown(source: int, out: BinaryIO) -> None:
    """What comes from the descriptor `source` until its end, at once and shown. Bytes that are no UTF-8 are escaped."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    while data := os.read(source, BUFFER):
        out.write(shown(decoder.decode(data)).encode())
        out.flush()
    out.write(shown(decoder.decode(b"", final=True)).encode())
    out.flush()


if __name__ == "__main__":
    try:
        copy_shown(sys.stdin.fileno(), sys.stdout.buffer)
    except (BrokenPipeError, KeyboardInterrupt):  # the reader has seen enough
        os._exit(0)
