"""The one judge of messages: what a contract says, compiled to Python, for the jobs, the page and the command line."""

from ecom.contracts.judge.judge import Judge, Judged
from ecom.contracts.judge.seen import Reason

__all__ = ["Judge", "Judged", "Reason"]
