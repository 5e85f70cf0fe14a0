"""What became of one order: its events, its payments, the state that results, the minute of Gold it counts in.

life = explain(partial(query, settings), settings, "o-000042")
"""

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings
from ecom.contracts.model import LONGEST_ID
from ecom.explain.life import life_of
from ecom.explain.lookup import Ask, look_up
from ecom.explain.model import Life
from ecom.explain.queries import searched
from ecom.lake.trino import is_missing_table


def explain(ask: Ask, settings: Settings, order_id: str) -> Life:
    """Raises EcomError: the id is none (usage), the lake has no tables yet (finding), Trino does not answer."""
    from ecom.contracts.loader import load_datasets

    check(order_id)
    contracts = load_datasets(settings)
    datasets = [searched(contract) for contract in contracts.values()]
    try:
        return life_of(order_id, look_up(ask, order_id, datasets))
    except EcomError as error:
        if not is_missing_table(error):
            raise
        sentence = "The lake has no tables yet, so nothing is known of any order; type `ecom run all`."
        raise EcomError(sentence, ExitCode.FINDING) from None


def check(order_id: str) -> None:
    """Raises EcomError (usage) for what cannot be an order id."""
    if not order_id:
        raise EcomError("The order id is empty; type for example: ecom explain o-000042.", ExitCode.USAGE)
    if len(order_id) > LONGEST_ID:
        sentence = f"The order id has {len(order_id):,} characters, and none of more than {LONGEST_ID:,} is looked up."
        raise EcomError(sentence, ExitCode.USAGE)
    try:
        order_id.encode()
    except UnicodeEncodeError:
        raise EcomError("The order id is not valid UTF-8; type it again.", ExitCode.USAGE) from None
