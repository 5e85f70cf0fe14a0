"""The window's minutes as CSV, exact: amounts as the tables hold them, with the currency's digits."""

import csv
import io
import threading

from dashboard.lake import settings
from dashboard.sales_window import MINUTES, Window
from ecom.contracts.money import digits, plain
from ecom.lake.trino import TrinoSession

COLUMNS = ("minute_bucket", "currency", "gmv", "refunded_amount", "net_sales", "paid_orders")
_one_at_a_time = threading.Lock()  # a year is half a million rows: others' pages go first


def minutes_as_csv(currency: str, shown: Window) -> bytes:
    """The window's minutes in this currency as the text of a CSV file. Raises EcomError."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    with _one_at_a_time, TrinoSession(settings()) as trino:
        for at, code, *amounts, orders in trino.stream(MINUTES, (currency, shown.start, shown.end)).rows:
            money = [plain(value, digits(currency)) for value in amounts]
            writer.writerow([f"{at:%Y-%m-%dT%H:%M:%SZ}", code, *money, orders])
    return out.getvalue().encode()
