"""Metabase's HTTP API: one request at a time, every failure a sentence."""

import json
from collections.abc import Mapping
from typing import Any

import requests

from ecom.base.errors import EcomError, ExitCode

TIMEOUT = (5, 60)  # seconds to connect, and between two bytes of an answer


class RefusedError(EcomError):
    """Metabase answered, and not with success; `status` is HTTP's."""

    def __init__(self, sentence: str, status: int, why: str) -> None:
        super().__init__(sentence, ExitCode.USAGE if status < 500 else ExitCode.UNAVAILABLE)
        self.status, self.why = status, why


class Client:
    """One Metabase, as whoever `log_in` says."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.api_key: str | None = None
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, and no login from a .netrc
        self._session.headers["User-Agent"] = "ecom"

    def log_in(self, *, session: str | None = None, api_key: str | None = None) -> None:
        """Who asks from now on."""
        self.api_key = api_key
        for header, value in (("X-Metabase-Session", session), ("X-API-Key", api_key)):
            self._session.headers.pop(header, None)
            if value:
                self._session.headers[header] = value

    def get(self, path: str, **params: Any) -> Any:
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask("POST", path, body=body)

    def put(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask("PUT", path, body=body)

    def find(self, path: str) -> Any:
        """None: there is no such thing."""
        try:
            return self.get(path)
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def _ask(self, method: str, path: str, *, params: Any = None, body: Any = None) -> Any:
        try:
            answer = self._session.request(
                method, self.url + path, params=params, json=body, timeout=TIMEOUT, allow_redirects=False
            )
        except requests.RequestException as error:
            raise EcomError(f"Metabase at {self.url} does not answer ({_reason(error)}); is it running?") from None
        if not answer.ok or answer.is_redirect:
            raise self._refused(method, path, answer)
        try:
            return answer.json() if answer.content else None
        except ValueError:
            raise EcomError(f"{self.url}{path} answered with something that is not Metabase's; check --url.") from None

    def _refused(self, method: str, path: str, answer: requests.Response) -> RefusedError:
        why = _why(answer)
        sentence = f"Metabase at {self.url} refused {method} {path} (HTTP {answer.status_code}): {why}."
        return RefusedError(sentence, answer.status_code, why)


def _why(answer: requests.Response) -> str:
    """Metabase's own words: a text, or a message and the fields that are wrong."""
    try:
        body = answer.json()
    except ValueError:
        body = answer.text
    if isinstance(body, dict):
        wrong = body.get("specific-errors") or body.get("errors") or {}
        message = body.get("message") or body.get("error") or ""
        parts = [str(message), json.dumps(wrong, ensure_ascii=False) if wrong else ""]
        body = "; ".join(filter(None, parts)) or json.dumps(body, ensure_ascii=False)
    return " ".join(str(body).split()).rstrip(".")[:500] or answer.reason


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted, or it does not speak HTTPS"
    return "connection refused or reset" if isinstance(error, requests.ConnectionError) else type(error).__name__
