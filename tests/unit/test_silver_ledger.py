"""When the ledger covers every verdict, by the last commits alone."""

import pytest

from spark_jobs.commits import CommitNote, LastCommit
from spark_jobs.silver import is_closed

CREATED = LastCommit(0, "CREATE TABLE", None)
RESTORED = LastCommit(9, "RESTORE", None)


def written(batch_id: int, checkpoint_id: str = "now") -> LastCommit:
    return LastCommit(batch_id + 1, "WRITE", CommitNote("silver_orders", checkpoint_id, batch_id))


@pytest.mark.parametrize(
    ("table", "ledger", "closed"),
    [
        (CREATED, CREATED, True),
        (CREATED, written(4), True),
        (written(4), written(4), True),
        (written(2), written(4), True),
        (written(5), written(4), False),  # killed before the ledger's entry
        (written(0), CREATED, False),
        (written(2, "before"), written(4), False),  # that checkpoint's last run may have been killed
        (RESTORED, written(4), False),
        (written(4), RESTORED, False),
        (LastCommit(3, "SET TBLPROPERTIES", None), written(4), False),
    ],
)
def test_a_table_of_verdicts_is_closed_when_the_ledger_came_after_it(
    table: LastCommit, ledger: LastCommit, closed: bool
) -> None:
    assert is_closed(table, ledger) is closed
