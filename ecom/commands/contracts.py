"""`ecom contracts`: are the contracts valid, and is their reference page current?"""

from pathlib import Path
from typing import Annotated

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT, load_settings

PAGE = ROOT / "docs" / "contracts.md"
HELP = "The data contracts: what messages must look like."


def register(app: typer.Typer) -> None:
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("check")(check)
    group.command("docs")(docs)
    app.add_typer(group, name="contracts")


def check(folder: Annotated[Path | None, typer.Argument(help="default: ECOM_CONTRACTS")] = None) -> None:
    """Say whether the contracts are valid; if not, file, line and what is wrong.

    Example: ecom contracts check contracts
    """
    from ecom.contracts import load_contracts

    for subject, contract in load_contracts(folder or load_settings().ecom_contracts).items():
        typer.echo(f"{subject}: valid, version {contract.version}, {len(contract.fields)} fields")


def docs(check: Annotated[bool, typer.Option("--check", help="only say whether the page is current")] = False) -> None:
    """Write docs/contracts.md from the contracts in the repository.

    Example: ecom contracts docs --check
    """
    from ecom.contracts import load_contracts
    from ecom.contracts.reference import reference

    page = reference(load_contracts(ROOT / "contracts"))
    if not check:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page, encoding="utf-8")
        typer.echo(f"Wrote {PAGE.relative_to(ROOT)}.")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        sentence = f"{PAGE.relative_to(ROOT)} is not what the contracts say; run `ecom contracts docs`."
        raise EcomError(sentence, ExitCode.FINDING)
    else:
        typer.echo(f"{PAGE.relative_to(ROOT)} is current.")
