"""What our dbt command adds to dbt's Trino adapter: `adapter.try_query`, since Jinja cannot catch an error.

Gold's macros need it twice: to compute every minute again when the change feed's files are gone, and to start over when
another build's commit came first. Without it (another dbt on the same project) both end the build with Trino's error,
and Gold stays as it was.
"""

from typing import Any


def install() -> None:
    """To be called before dbt starts; harmless when called twice."""
    from dbt.adapters.trino.impl import TrinoAdapter

    setattr(TrinoAdapter, "try_query", _try_query)  # noqa: B010 (mypy knows the class's attributes)
    TrinoAdapter._available_ = TrinoAdapter._available_ | {"try_query"}


def _try_query(adapter: Any, sql: str) -> dict[str, Any]:
    """`rows` (lists) and `error` (None, or Trino's words). A Trino that does not answer still raises."""
    from dbt_common.exceptions import DbtDatabaseError

    try:
        _, table = adapter.execute(sql, fetch=True)
    except DbtDatabaseError as error:
        return {"rows": [], "error": str(error)}
    return {"rows": [list(row) for row in table.rows], "error": None}
