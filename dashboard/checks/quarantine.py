"""How much was quarantined in the last 24 hours."""

from dataclasses import dataclass

from dashboard.lake import UNHURRIED_S, ask
from dashboard.trust import Level, Part
from dashboard.words import counted

TITLE = "Quarantine"
TOO_MANY = 0.05  # of the records judged: more is no slip of a producer's but a broken contract

SQL = """
select
    (select count(*) from silver.quarantine where quarantined_ts > current_timestamp - interval '24' hour),
    (select sum(rows_in) from ops.batch_ledger where finished_ts > current_timestamp - interval '24' hour)
"""


@dataclass(frozen=True)
class Counts:
    quarantined: int
    judged: int


def look() -> Part:
    ((quarantined, judged),) = ask(SQL, at_most=UNHURRIED_S).rows
    return judge(Counts(quarantined, judged or 0))


def judge(found: Counts) -> Part:
    sentence = f"{counted(found.quarantined, 'record')} in the last 24 hours"
    if found.quarantined == 0:
        return Part(TITLE, Level.GOOD, sentence, (f"of {found.judged:,} judged",))
    share = found.quarantined / max(found.judged, found.quarantined)
    level = Level.WRONG if share > TOO_MANY else Level.LOOK
    return Part(TITLE, level, sentence, (f"{share:.1%} of {found.judged:,} judged; not in any figure until repaired",))
