"""`ecom contracts`: are they valid, is their reference page current, and what do they make of messages?"""

from pathlib import Path
from typing import Annotated

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT, load_settings
from ecom.commands.contracts_infer import infer
from ecom.commands.contracts_try import try_messages

PAGE = ROOT / "docs" / "contracts.md"
HELP = "The data contracts: what messages must look like."


def register(app: typer.Typer) -> None:
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("check")(check)
    group.command("docs")(docs)
    group.command("try")(try_messages)
    group.command("infer")(infer)
    group.command("use")(use)
    app.add_typer(group, name="contracts")


def check(folder: Annotated[Path | None, typer.Argument(help="default: ECOM_CONTRACTS")] = None) -> None:
    """Say whether the contracts are valid; if not, file, line and what is wrong. Also what cannot be derived by them.

    Example: ecom contracts check contracts
    """
    from ecom.contracts.loader import load_contracts, load_datasets
    from spark_jobs.derived import computable

    contracts = load_contracts(folder) if folder else load_datasets(load_settings())
    for dataset, contract in contracts.items():
        typer.echo(f"{dataset}: valid, version {contract.version}, {len(contract.fields)} fields")
    refused = computable(contracts)[1]
    for why in refused:
        typer.echo(f"not derived: {why}")
    if refused:
        raise typer.Exit(ExitCode.FINDING)


def use(
    name: Annotated[str | None, typer.Argument(help="one of the gallery; without it, all are listed")] = None,
) -> None:
    """Copy a contract of the gallery into ECOM_CONTRACTS, to begin with: Shopify, Stripe and others. No file is
    overwritten.

    Example: ecom contracts use stripe_payments
    """
    from ecom.contracts.gallery import gallery
    from ecom.contracts.gallery import use as copied

    if name is None:
        for one, contract in gallery().items():
            typer.echo(f"{one:<22}{contract.dataset:<10}{contract.title}")
        return
    path = copied(name, load_settings().ecom_contracts)
    typer.echo(f"Wrote {path}. Try a sample: ecom contracts try FILE --contract {path}")


def docs(check: Annotated[bool, typer.Option("--check", help="only say whether they are current")] = False) -> None:
    """Write what is made of the contracts: docs/contracts.md, and dbt's sources.

    Example: ecom contracts docs --check
    """
    from ecom.contracts.loader import load_contracts
    from ecom.contracts.reference import reference
    from ecom.dbt.sources import PATH, sources_yaml

    contracts = load_contracts(load_settings().ecom_contracts)
    pages = {PAGE: reference(contracts), PATH: sources_yaml(contracts)}
    for path, text in pages.items():
        name = path.relative_to(ROOT)
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            typer.echo(f"Wrote {name}.")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise EcomError(f"{name} is not what the contracts say; run `ecom contracts docs`.", ExitCode.FINDING)
        else:
            typer.echo(f"{name} is current.")
