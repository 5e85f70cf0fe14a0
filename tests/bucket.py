"""The lake's bucket in memory, for tests of what reads small objects."""

from collections.abc import Iterator

from ecom.lake.s3 import Bucket


class Objects(Bucket):
    """A bucket in memory."""

    def __init__(self, objects: dict[str, str]) -> None:
        self.objects, self.asked = objects, list[str]()

    def read(self, key: str) -> str | None:
        self.asked.append(key)
        return self.objects.get(key)

    def lines(self, key: str) -> Iterator[str]:
        yield from (self.read(key) or "").splitlines()

    def keys(self, prefix: str, after: str | None = None) -> Iterator[str]:
        yield from (key for key in sorted(self.objects) if key.startswith(prefix) and key > (after or ""))

    def write(self, key: str, text: str) -> None:
        self.objects[key] = text

    def delete(self, prefix: str) -> None:
        for key in list(self.keys(prefix)):
            del self.objects[key]

    def below(self, key: str) -> str:
        return key
