"""Ids from a seeded source."""

from random import Random
from uuid import UUID


def new_id(rng: Random) -> str:
    """A UUID of version 4."""
    return str(UUID(int=rng.getrandbits(128), version=4))
