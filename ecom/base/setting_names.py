"""Is a variable that looks like a setting of ours one? A misspelt one would be ignored in silence."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

# Prefixes that are ours alone. KAFKA_, AWS_, TRINO_ and the like are other tools' too, and any TOPIC_<DATASET> may be.
PREFIXES = ("ECOM_", "BRONZE_", "SILVER_", "GOLD_", "LAG_", "MAINTENANCE_", "ALERT_", "DASHBOARD_", "LAKEHOUSE_")
BESIDE = (
    "ECOM_DATASETS",
    "ECOM_ENV_FILE",
    "ECOM_FAIL_POINT",
    "ECOM_OLIST_DIR",
    "ECOM_TEST_HALF",
)  # read where they are needed
ALIKE = 0.8  # from here on, names count as the same word misspelt


def misspelt(values: Mapping[str, str | None], settings: Collection[str], is_our_file: bool) -> tuple[str, str] | None:
    """The first variable that is meant for us and that nothing reads, and the nearest right name, or an empty one.

    In a file of ours each name with a prefix of ours is meant for us. In the environment one that is like none of our
    names is another program's, unless it begins with ECOM_."""
    known = {*settings, *BESIDE}
    for name in sorted(name for name, value in values.items() if value and name.startswith(PREFIXES)):
        nearest = next(iter(get_close_matches(name, sorted(known), 1, ALIKE)), "")
        if name not in known and (nearest or is_our_file or name.startswith("ECOM_")):
            return name, nearest
    return None
