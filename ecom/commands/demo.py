"""`ecom demo`: what `make demo` runs after the set-up."""

from typing import Annotated

import typer

from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("demo")(run_demo)


def run_demo(
    orders: Annotated[int, typer.Option(min=1, help="How many orders to send.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Seed of the events.")] = 2026,
) -> None:
    """Start the stack, send events, build Gold, compare it with the oracle, and say what to type next.

    Run again, also after an interruption, it sends other orders, and the numbers still agree.

    Example: ecom demo --orders 2000
    """
    from ecom.base.progress import log_to_terminal
    from ecom.commands.stack import start_page, start_stack
    from ecom.demo import NEXT, demo

    log_to_terminal()
    settings = load_settings()
    demo(settings, start_stack, orders, seed)
    start_page(settings)
    print(NEXT)
