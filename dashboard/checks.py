"""What the trust strip looks at."""

from dashboard.lake import ask
from dashboard.trust import Check, Level, Part

QUARANTINED = """
select
    count_if(quarantined_ts > current_timestamp - interval '24' hour),
    (select count(*) from ops.batch_ledger where finished_ts > current_timestamp - interval '24' hour)
from silver.quarantine
"""


def quarantined() -> Part:
    ((count, _),) = ask(QUARANTINED).rows
    level = Level.LOOK if count else Level.GOOD
    return Part("Quarantine", level, f"{count:,} records in the last 24 hours")


CHECKS = (Check("Quarantine", "quarantine", quarantined),)
