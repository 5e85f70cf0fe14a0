"""What the trust strip looks at: one module a part, each with `judge()`, which is pure, and `look()`, which asks."""

from dashboard.checks import account, dbt_build, doubts, freshness, quarantine
from dashboard.trust import Check

CHECKS = (
    Check("Freshness", "pipeline", freshness.look),
    Check("dbt build", "pipeline", dbt_build.look, at_once=True),
    Check("Quarantine", "quarantine", quarantine.look),
    Check("Doubts", "pipeline", doubts.look),
    Check("Offsets", "pipeline", account.look),  # last: it may have to be waited for
)
