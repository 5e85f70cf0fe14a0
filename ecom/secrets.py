"""Secrets of the local stack: generated on first use, kept in one file, never printed."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from dotenv import dotenv_values

from ecom.errors import EcomError


def local_secrets(home: Path) -> dict[str, str]:
    """The secrets in `home/secrets.env` (mode 600), written first when the file is not there."""
    return kept_secrets(home / "secrets.env", _generate_local)


def _generate_local() -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": secrets.token_hex(10), "AWS_SECRET_ACCESS_KEY": secrets.token_hex(20)}


def kept_secrets(path: Path, generate: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What the file holds; written first, from `generate`, when it is not there. Raises EcomError."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_once(path, generate())
        return {k: v for k, v in dotenv_values(path).items() if v}
    except OSError as error:
        sentence = f"The secrets file {path} cannot be used ({error.strerror}); set ECOM_HOME to a folder of yours."
        raise EcomError(sentence) from None


def _write_once(path: Path, values: dict[str, str]) -> None:
    """Atomic, and the first writer wins: two processes that start at once agree."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.writelines(f"{name}={value}\n" for name, value in values.items())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secrets stand
    finally:
        draft.unlink()
