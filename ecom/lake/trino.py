"""SQL on Trino: typed rows, UTC, and errors as one sentence.

Decimals arrive as Decimal, timestamps with time zone as aware datetimes (UTC for every table of ours, the session's
zone is UTC), varbinary as bytes, rows as tuples that know their field names, arrays as lists, maps as dicts.
"""

import http.client
import json
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import trino.auth as trino_auth
import trino.dbapi as trino_dbapi
import trino.exceptions as trino_errors

from ecom.base.errors import EcomError, ExitCode
from ecom.base.secrets import TRINO_USERS
from ecom.base.settings import Settings
from ecom.lake.trino_login import password, trusts

CATALOG = "delta"
ANSWER_WITHIN = 10.0  # seconds that a starting Trino is waited for; with one probe's timeout it stays below 15
PROBE_TIMEOUT = 4.0
REQUEST_TIMEOUT = (4.0, 60.0)  # (connect, read) seconds; Trino answers a poll within about one second
_NO_TABLE = re.compile(r"\b(TABLE|SCHEMA)_NOT_FOUND\b")
_MISSING = re.compile(r"(?:Table|Schema) '(?:delta\.)?(\w+)")
MADE_BY = {
    "bronze_raw": "ecom run bronze",
    "silver": "ecom run silver",
    "ops": "ecom run silver",
    "gold": "ecom run gold",
    "gold_audit": "ecom run gold",
}
NOT_READY = {"NO_NODES_AVAILABLE", "SERVER_STARTING_UP"}  # said before the query ran: safe to send again

_connect: Callable[..., Any] = trino_dbapi.connect  # the package is typed only in part


@dataclass(frozen=True)
class Result:
    """All rows of one statement."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def scalar(self) -> Any:
        return self.rows[0][0]


@dataclass(frozen=True)
class Stream:
    """A statement's answer as it comes; `rows` can be walked once."""

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]
    update_type: str | None  # such as INSERT or CREATE TABLE; None for a query
    update_count: int | None


class UnreachableError(EcomError):
    """Trino was not reached, or not to the end of its answer; of what was asked nothing is known."""


class _Https(requests.Session):
    """Trusts what it is told to: `requests` lets REQUESTS_CA_BUNDLE win over a session's own `verify`."""

    def __init__(self, trusted: str | None) -> None:
        super().__init__()
        self.verify = trusted or True

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        chosen = self.verify if verify is None else verify
        return super().merge_environment_settings(url, proxies, stream, chosen, cert)


class TrinoSession:
    """One connection: `SET SESSION` and `USE` hold for what follows. Use as a context manager."""

    def __init__(self, settings: Settings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._host, self._port = settings.trino_address
        self._local = settings.trino_is_local
        self._user, self._password = settings.trino_user, password(settings)
        self._trusts = trusts(settings)
        self._sleep = sleep
        self._ready = False
        # No retries by the package: it would send a POST again whose first copy may have run.
        self._connection = _connect(
            host=self._host,
            port=self._port,
            http_scheme=settings.trino_scheme,
            user=self._user,
            auth=trino_auth.BasicAuthentication(self._user, self._password) if self._password else None,
            http_session=_Https(self._trusts),
            catalog=CATALOG,
            source="ecom",
            timezone="UTC",
            max_attempts=1,
            request_timeout=REQUEST_TIMEOUT,
        )

    def __enter__(self) -> "TrinoSession":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def query(self, sql: str, params: Sequence[Any] | None = None) -> Result:
        answer = self.stream(sql, params)
        return Result(answer.columns, list(answer.rows))

    def stream(self, sql: str, params: Sequence[Any] | None = None) -> Stream:
        """Runs one statement (no trailing semicolon); returns once its columns are known."""
        with self._one_sentence():
            self._wait_until_ready()
            cursor = self._execute(sql, list(params) if params else None)
            columns = [column.name for column in cursor.description or []]
        count = cursor.rowcount if cursor.rowcount >= 0 else None
        return Stream(columns, self._rows(cursor), cursor.update_type, count)

    def _execute(self, sql: str, params: list[Any] | None) -> Any:
        give_up = time.monotonic() + ANSWER_WITHIN
        while True:
            cursor = self._connection.cursor()
            try:
                return cursor.execute(sql, params)
            except trino_errors.TrinoQueryError as error:
                if error.error_name not in NOT_READY or time.monotonic() > give_up:
                    raise
            except BaseException:  # Ctrl-C too: an abandoned query would run on for minutes
                _cancel_quietly(cursor)
                raise
            self._sleep(0.5)

    def _rows(self, cursor: Any) -> Iterator[tuple[Any, ...]]:
        """Cancels the query when the reader stops early."""
        try:
            with self._one_sentence():
                for row in cursor:
                    yield tuple(row)
        finally:
            _cancel_quietly(cursor)

    def _wait_until_ready(self) -> None:
        give_up = time.monotonic() + ANSWER_WITHIN
        while not self._ready:
            self._ready = not self._is_starting()
            if not self._ready and time.monotonic() > give_up:
                raise UnreachableError(f"{self._where} is still starting; try again in some seconds.")
            if not self._ready:
                self._sleep(0.5)

    def _is_starting(self) -> bool:
        """Asks /v1/info, which needs no login: a dead or hung Trino is known at once, whatever the query's timeout."""
        url = f"{self._connection.http_scheme}://{self._connection.host}:{self._connection.port}/v1/info"
        try:
            tls = _tls(self._trusts) if url.startswith("https") else None
            with urllib.request.urlopen(url, timeout=PROBE_TIMEOUT, context=tls) as answer:
                return bool(json.load(answer).get("starting", False))
        except urllib.error.HTTPError as error:
            if error.code == 503:
                return True
            raise self._unavailable(f"answered {url} with HTTP {error.code}") from error
        except ValueError as error:
            raise self._unavailable(f"answered {url} with something that is not Trino's") from error
        except (OSError, http.client.HTTPException) as error:
            raise self._no_answer(getattr(error, "reason", error)) from error

    @property
    def _where(self) -> str:
        return f"Trino at {self._host}:{self._port}"

    def _unavailable(self, what: str, kind: type[EcomError] = EcomError) -> EcomError:
        check = "start it with `ecom up`, or see `ecom status`" if self._local else "check TRINO_HOST and TRINO_PORT"
        return kind(f"{self._where} {what}; {check}.")

    def _no_answer(self, cause: Any) -> EcomError:
        if isinstance(cause, ssl.SSLCertVerificationError):
            remedy = "set TRINO_CA_CERT to the PEM file of who signed it"
            untrusted = f"shows a certificate that is not trusted ({cause.verify_message})"
            return EcomError(f"{self._where} {untrusted}; {remedy}.")
        if isinstance(cause, ssl.SSLError):
            return EcomError(f"{self._where} does not speak HTTPS ({_reason(cause)}); unset TRINO_HTTPS.")
        if isinstance(cause, (ConnectionResetError, http.client.HTTPException)):
            remedy = "if it speaks HTTPS, set TRINO_HTTPS=true; else see `ecom status`"
            return EcomError(f"{self._where} answered no {self._connection.http_scheme.upper()} request; {remedy}.")
        return self._unavailable(f"does not answer ({_reason(cause)})", UnreachableError)

    def _not_let_in(self) -> EcomError:
        what = f"refuses user {self._user} with this password" if self._password else "asks for a password"
        return EcomError(f"{self._where} {what}; check TRINO_USER and TRINO_PASSWORD.", ExitCode.USAGE)

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        try:
            yield
        except trino_errors.TrinoQueryError as error:
            raise _refused(error, self._where, self._user if self._local else None) from error
        except trino_errors.TrinoDataError as error:
            message = f"{self._where} sent a value that Python cannot hold: {_one_line(error)}; cast it to varchar."
            raise EcomError(message, ExitCode.USAGE) from error
        except (trino_errors.Error, trino_errors.HttpError, requests.RequestException) as error:
            if str(error).startswith("error 401"):
                raise self._not_let_in() from error
            raise self._unavailable(f"stopped answering ({_one_line(error)})", UnreachableError) from error


def query(settings: Settings, sql: str, params: Sequence[Any] | None = None) -> Result:
    """One statement on a connection of its own; `?` in `sql` takes `params`. Raises EcomError."""
    with TrinoSession(settings) as session:
        return session.query(sql, params)


def is_missing_table(error: EcomError) -> bool:
    """A table or schema is not there: no job has made it yet."""
    return _NO_TABLE.search(str(error)) is not None


def literal(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def _refused(error: Any, where: str, local_user: str | None) -> EcomError:
    """Trino's own message already says line and column. `local_user`: who asks, where Trino is ours."""
    sentence = f"{where}: {_one_line(error.message)} ({error.error_name}, query {error.query_id})."
    if error.error_name in NOT_READY:
        return EcomError(f"{sentence} It has no worker yet; try again in some seconds.")
    usage = error.error_type == "USER_ERROR"
    if error.error_name == "PERMISSION_DENIED" and local_user is not None:
        sentence = f"{sentence} {_rights(local_user)}"
    elif _NO_TABLE.search(error.error_name or ""):
        sentence = f"{sentence} {_who_makes(error.message)}".rstrip()
    return EcomError(sentence, ExitCode.USAGE if usage else ExitCode.UNAVAILABLE)


def _rights(user: str) -> str:
    """What to do about a right that a local Trino does not give."""
    if user not in TRINO_USERS:
        return f"Nobody there is called {user}: set TRINO_USER to {', '.join(TRINO_USERS[:-1])} or {TRINO_USERS[-1]}."
    return f"User {user} may not; what each may do is in docs/trino.md, and TRINO_USER chooses."


def _who_makes(message: str) -> str:
    """Which command makes the missing table, when its schema is one of ours."""
    found = _MISSING.search(message)
    schema = found[1] if found else ""
    if schema not in MADE_BY:
        return ""
    lists = (
        f'; `ecom sql "show tables from {schema}"` lists what is' if "Table '" in message else ""
    )  # else not even the schema
    return f"`{MADE_BY[schema]}` makes what is not there yet{lists}."


def _one_line(problem: object) -> str:
    return " ".join(str(problem).split()).rstrip(".")[:500]


def _reason(cause: Any) -> str:
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    return _one_line(getattr(cause, "strerror", "") or cause)


def _tls(trusts: str | None) -> ssl.SSLContext:
    """As the trino package: trusts that PEM file, or that folder of them, alone."""
    if trusts is None:
        return ssl.create_default_context()
    is_folder = Path(trusts).is_dir()
    return ssl.create_default_context(cafile=None if is_folder else trusts, capath=trusts if is_folder else None)


def _cancel_quietly(cursor: Any) -> None:
    # Closing a finished query is harmless; closing one whose server died must not hide the first error.
    try:
        cursor.close()
    except (trino_errors.Error, trino_errors.HttpError, requests.RequestException):
        return
