"""dbt: its command, told where Trino is; Gold built by it; its docs."""
