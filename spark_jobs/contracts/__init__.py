"""Data contracts: read, checked, and handed on as frozen objects."""

from spark_jobs.contracts.loader import load_contract, load_contracts
from spark_jobs.contracts.model import Contract, Field

__all__ = ["Contract", "Field", "load_contract", "load_contracts"]
