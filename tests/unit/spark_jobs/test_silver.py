"""When the ledger covers every verdict, by the last commits alone."""

import pytest

from ecom.lake.commit_note import CommitNote
from ecom.lake.delta_log import Commit
from spark_jobs.silver import is_closed

CREATED = Commit(0, "CREATE TABLE", None, None, False)
RESTORED = Commit(9, "RESTORE", None, None, True)


def written(batch_id: int, checkpoint_id: str = "now") -> Commit:
    return Commit(batch_id + 1, "WRITE", None, CommitNote("silver_orders", checkpoint_id, batch_id), True)


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
        (Commit(3, "SET TBLPROPERTIES", None, None, False), written(4), False),
    ],
)
def test_a_table_of_verdicts_is_closed_when_the_ledger_came_after_it(
    table: Commit, ledger: Commit, closed: bool
) -> None:
    assert is_closed(table, ledger) is closed
