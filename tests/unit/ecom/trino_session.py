"""What stands in for a TrinoSession in unit tests: a subclass says what it answers."""

from ecom.base.settings import Settings


class FakeSession:
    """Opens and closes as a session does; `asked` is the class's, so that a test sees it after the session ended."""

    asked: list[str]

    def __init__(self, settings: Settings) -> None:
        pass

    def __enter__(self) -> "FakeSession":
        return self

    def __exit__(self, *_: object) -> None:
        pass
