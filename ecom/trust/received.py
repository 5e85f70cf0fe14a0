"""When the platform received records: only Bronze knows."""

from collections.abc import Callable, Mapping

from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.lake import tables
from ecom.lake.trino import TrinoSession, literal

Place = tuple[str, int, int]


def received_at(settings: Settings) -> Callable[[list[Place]], Mapping[Place, int]]:
    """For the oracle: topic, partition and offset to microseconds since 1970, of the records that Bronze has."""

    def ask(places: list[Place]) -> Mapping[Place, int]:
        raw = {contract.topic: str(tables.raw(name)) for name, contract in load_datasets(settings).items()}
        found: dict[Place, int] = {}
        with TrinoSession(settings) as session:
            for topic in sorted({topic for topic, _, _ in places} & raw.keys()):
                offsets = ", ".join(str(offset) for name, _, offset in places if name == topic)
                sql = f"""select "partition", "offset", cast(to_unixtime(ingest_ts) * 1000 as bigint) * 1000
                    from {raw[topic]} where topic = {literal(topic)} and "offset" in ({offsets})"""
                found |= {(topic, row[0], row[1]): row[2] for row in session.query(sql).rows}
        return found

    return ask
