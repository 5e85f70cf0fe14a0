"""The containers' health checks: 0, or 1 and a sentence."""

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.stack import health

DENIED = b"<Error><Code>AccessDenied</Code></Error>"


def answers(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> list[str]:
    asked = list[str]()

    def get(url: str) -> tuple[int, bytes]:
        asked.append(url)
        return status, body

    monkeypatch.setattr(health, "_get", get)
    return asked


def test_an_s3_that_refuses_a_stranger_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, 403, DENIED)
    health.s3(Settings(ecom_port_base=24000))
    assert asked == [f"http://127.0.0.1:{Settings(ecom_port_base=24000).port('s3')}/"]


@pytest.mark.parametrize(("status", "body"), [(200, b""), (403, b"a proxy's page"), (503, DENIED)])
def test_one_that_answers_otherwise_is_not(monkeypatch: pytest.MonkeyPatch, status: int, body: bytes) -> None:
    answers(monkeypatch, status, body)
    with pytest.raises(EcomError, match=f"HTTP {status}"):
        health.s3(Settings())


def test_a_trino_is_well_once_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, 200, b'{"starting": false}')
    health.trino(Settings())
    answers(monkeypatch, 200, b'{"starting": true}')
    with pytest.raises(EcomError, match="still starting"):
        health.trino(Settings())


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("trino", b'{"starting": true}', "trino: Trino is still starting."),
        ("trino", b"no json", "trino: Expecting value"),
        ("nothing", b"", "nothing: 'nothing'"),
    ],
)
def test_what_is_not_well_ends_with_1_and_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, body: bytes, says: str
) -> None:
    answers(monkeypatch, 200, body)
    with pytest.raises(SystemExit) as end:
        health.main(name)
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith(says)


def test_what_is_well_ends_without_a_word(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answers(monkeypatch, 200, b'{"starting": false}')
    health.main("trino")
    assert capsys.readouterr() == ("", "")
