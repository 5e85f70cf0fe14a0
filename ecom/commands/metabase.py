"""`ecom metabase`: dashboards as code into a Metabase, and dbt's lineage from and to it."""

from typing import TYPE_CHECKING, Annotated

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.setting_checks import web_url
from ecom.base.settings import Settings, load_settings

if TYPE_CHECKING:
    from ecom.metabase.client import Client
    from ecom.metabase.provision import Outcome, Provision

HELP = "Metabase: the dashboards of metabase/*.yaml, and lineage from and to dbt."
Url = Annotated[str | None, typer.Option("--url", help="Metabase's address; default: METABASE_URL.")]
Wait = Annotated[int, typer.Option("--wait", min=1, max=3600, help="Seconds for Metabase to be healthy.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("provision")(provision)
    group.command("describe")(describe)
    group.command("exposures")(exposures)
    app.add_typer(group, name="metabase")


def provision(
    url: Url = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Also what a person edited, back to the YAML.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    trino_host: Annotated[str | None, typer.Option(help="Trino as Metabase sees it; compose.yaml: trino.")] = None,
    trino_port: Annotated[int | None, typer.Option(min=1, max=65535, help="Likewise.")] = None,
    ssl: Annotated[bool | None, typer.Option("--ssl/--no-ssl", help="HTTPS to Trino; default: TRINO_HTTPS.")] = None,
    jdbc_options: Annotated[str, typer.Option(help="Further options of the connection, a=b&c=d.")] = "",
    wait: Wait = 120,
) -> None:
    """Make a Metabase have the connection to Trino and the dashboards that metabase/*.yaml defines.

    Sets up a fresh Metabase; makes an API key; makes, then keeps, connection, collection, cards and dashboard. What a
    person edited is reported and left as it is: exit 1. A second call changes nothing.

    Example: ecom metabase provision --url http://127.0.0.1:3000 --trino-host trino --trino-port 8080
    """
    from ecom.metabase.database import connection
    from ecom.metabase.definition import load_all
    from ecom.metabase.provision import Provision

    settings, definitions = load_settings(), load_all()
    to = connection(settings, trino_host, trino_port, ssl, jdbc_options)
    client = enter(settings, url, wait, may_write=not plan)
    run = Provision(client, overwrite=overwrite, plan_only=plan, within=wait)
    run.run(definitions, to)
    typer.echo(report(run))
    if any(outcome.left for outcome in run.outcomes):
        raise typer.Exit(ExitCode.FINDING)


def describe(
    url: Url = None,
    docs_url: Annotated[str | None, typer.Option(help="Of dbt's pages; a link to each model is added.")] = None,
    wait: Wait = 120,
) -> None:
    """Push dbt's descriptions of Gold's tables and columns into Metabase, by dbt-metabase.

    Example: ecom metabase describe --url http://127.0.0.1:3000
    """
    from ecom.metabase.lineage import push_descriptions

    settings = load_settings()
    push_descriptions(settings, enter(settings, url, wait), docs_url)
    typer.echo("Metabase's tables of Gold have dbt's descriptions.")


def exposures(url: Url = None, wait: Wait = 120) -> None:
    """Write what reads our models in Metabase into dbt_project/models/metabase_exposures.yml, by dbt-metabase.

    `ecom docs` then shows source, model and dashboard in one graph.

    Example: ecom metabase exposures --url http://127.0.0.1:3000 && ecom docs
    """
    from ecom.metabase.lineage import EXPOSURES, pull_exposures

    settings = load_settings()
    names = pull_exposures(settings, enter(settings, url, wait))
    typer.echo(f"Wrote {EXPOSURES.name}: {', '.join(names)}. `ecom docs` shows them.")


def enter(settings: Settings, url: str | None, wait: float, *, may_write: bool = True) -> "Client":
    """A client that is let in as administrator."""
    from ecom.metabase.client import Client
    from ecom.metabase.login import check_version, log_in, wait_until_healthy

    address = url or settings.metabase_url
    if not address:
        raise EcomError("No Metabase is named; give --url http://HOST:3000 or set METABASE_URL.", ExitCode.USAGE)
    try:
        web_url(address)
    except ValueError:
        raise EcomError(f"{address} is no address; give --url such as http://127.0.0.1:3000.", ExitCode.USAGE) from None
    client = Client(address)
    wait_until_healthy(client, wait, say)
    properties = client.get("/api/session/properties")
    say(f"Metabase {check_version(properties, client.url)} at {client.url}")
    log_in(client, settings, properties, say, may_write=may_write)
    return client


def say(line: str) -> None:
    typer.echo(line, err=True)


def report(run: "Provision") -> str:
    """What changed, what did not, what was left, and where to look."""
    from ecom.metabase.verdict import Verdict

    unchanged = [outcome for outcome in run.outcomes if outcome.verdict is Verdict.SAME]
    lines = [line_of(outcome, run) for outcome in run.outcomes if outcome.verdict is not Verdict.SAME]
    lines.append(f"unchanged: {len(unchanged)}")
    if any(outcome.left for outcome in run.outcomes):
        lines.append("What a person edited stays; --overwrite puts it back to what metabase/*.yaml says.")
    for name, links in run.links.items():
        lines.append(f"{name}, loading itself again every 1, 2, 3 … minutes:")
        lines += [f"  {run.client.url}{link}" for link in links]
    return "\n".join(lines)


def line_of(outcome: "Outcome", run: "Provision") -> str:
    otherwise = f" (otherwise: {', '.join(outcome.differs)})" if outcome.differs else ""
    if outcome.left:
        return f"{outcome.thing}: {outcome.verdict}, left as it is{otherwise}"
    done = "would be " if run.plan_only else ""
    again = "put back to the YAML" if outcome.verdict.name in ("EDITED", "FOREIGN") else str(outcome.verdict)
    return f"{outcome.thing}: {done}{again}{otherwise}"
