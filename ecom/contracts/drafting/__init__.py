"""A draft of a contract from samples of messages: what is there, what it probably is, and what is in doubt."""

from ecom.contracts.drafting.draft import draft
from ecom.contracts.drafting.samples import Samples

__all__ = ["Samples", "draft"]
