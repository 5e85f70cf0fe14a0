"""The page: sales by the minute and, above them, how far to trust them. `ecom open` shows it (docs/dashboard.md)."""
