"""Data contracts: read, checked, and handed on as frozen objects."""

from ecom.contracts.loader import load_contract, load_contracts
from ecom.contracts.model import Contract, Field

__all__ = ["Contract", "Field", "load_contract", "load_contracts"]
