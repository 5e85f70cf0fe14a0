"""`ecom up`, `down`, `status`, `logs`, `doctor`, and the step of `make setup` that fetches the JVM parts."""

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings, load_settings
from ecom.base.shown import shown

if TYPE_CHECKING:
    from ecom.trust.freshness import Layer

AsJson = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]


def register(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(status)
    app.command("logs")(logs)
    app.command("doctor")(doctor)
    app.command("setup-jvm", hidden=True)(setup_jvm)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def up(
    everything: Annotated[
        bool, typer.Option("--all", help="Also the Bronze streams, Airflow and the dbt docs: the whole platform.")
    ] = False,
) -> None:
    """Start the local services, wait until each works, and make the lake's tables where they are not there yet.

    Services that the settings place elsewhere (KAFKA_BOOTSTRAP, AWS_ENDPOINT_URL_S3, TRINO_HOST) are checked instead.

    Example: ECOM_PORT_BASE=24000 ecom up --all
    """
    try:
        _up(load_settings(), everything)
    except KeyboardInterrupt:
        say("what was started goes on; `ecom down` stops it")
        raise


def _up(settings: Settings, everything: bool) -> None:
    from ecom.base.progress import log_to_terminal
    from ecom.pipeline import lake_is_complete, prepare_lake

    start_stack(settings, everything)
    if not lake_is_complete(settings):
        log_to_terminal()
        prepare_lake(settings)
    if everything:
        from ecom.stack.platform import start

        log_to_terminal()
        start(settings, say)
    else:
        start_page(settings)
        if settings.ecom_engine == "resident":
            start_engine(settings)
        say("up; next: ecom open, ecom status, or ecom produce --orders 1000 && ecom run all")


def start_stack(settings: Settings, everything: bool = False) -> None:
    """The blocking checks, of all that is to be started in the end, then the services. Raises EcomError."""
    from ecom.stack.control import up as start
    from ecom.stack.doctor import blocking

    for finding in blocking(settings, platform="fail" if everything else None):
        if finding.level == "warn":
            say(f"warning: {finding.sentence}")
        if finding.level == "fail":
            raise EcomError(f"Not started. {finding.sentence} (`ecom doctor` shows every check).")
    start(settings, say)


def start_page(settings: Settings) -> None:
    """The page, on the services that are up. Raises EcomError."""
    from ecom.stack.control import start_more
    from ecom.stack.services import dashboard

    start_more([dashboard(settings)], settings, say)


def start_engine(settings: Settings) -> None:
    """The resident engine, on the services that are up. Raises EcomError."""
    from ecom.stack.control import start_more
    from ecom.stack.services import engine

    start_more([engine(settings)], settings, say)


def down() -> None:
    """Stop the local services of this ECOM_HOME; their data stays.

    Example: ecom down
    """
    from ecom.stack.control import down as stop

    say("stopped" if stop(load_settings(), say) else "nothing was running")


def status(as_json: AsJson = False) -> None:
    """Show what runs, since when, how often it was restarted, its memory, and how fresh each layer is.

    Exit 1 when a service that should run does not.

    Example: ecom status --json
    """
    from ecom.stack.control import status as look
    from ecom.stack.memory import resident

    settings = load_settings()
    found = look(settings)
    memory = {s.name: resident(s.pid) if s.pid else 0 for s in found}
    layers = _layers(settings) if any(s.name == "s3" and s.ok for s in found) else []
    if as_json:
        rows = [
            {
                "name": s.name,
                "local": s.local,
                "state": s.state,
                "ok": s.ok,
                "endpoint": s.endpoint,
                "pid": s.pid,
                "since": s.since and s.since.isoformat(),
                "memory": memory[s.name],
                "restarts": s.restarts,
            }
            for s in found
        ]
        fresh = [{"name": x.name, "written": x.written and x.written.isoformat(), "behind": x.behind} for x in layers]
        print(json.dumps({"ok": all(s.ok for s in found), "services": rows, "layers": fresh}, indent=2))
    else:
        width = max(len(s.name) for s in found) + 2
        for s in found:
            size = f"{memory[s.name] / 2**20:,.0f} MiB" if s.pid else "-"
            again = "" if s.restarts is None else f"  restarts {s.restarts}"
            pid = f"pid {s.pid or '-':<9}{size:<11}since {_clock(s.since)}{again}"
            print(f"{s.name:<{width}}{s.state:<13}{s.endpoint:<32}{pid}")
        for x in layers:
            print(f"{x.name:<{width}}last written {_clock(x.written)}{_behind(x)}")
    if not all(s.ok for s in found):
        raise typer.Exit(ExitCode.FINDING)


def _layers(settings: Settings) -> list["Layer"]:
    from ecom.trust.freshness import layers

    try:
        return list(layers(settings))
    except EcomError as error:
        say(f"warning: how fresh the layers are is not known. {error}")
        return []


def _behind(layer: "Layer") -> str:
    if layer.behind is None:
        return ""
    held = f" ({layer.held_back:,} in an open transaction)" if layer.held_back else ""
    unit, of = ("offsets", "Kafka") if layer.name == "bronze" else ("records", "Bronze")
    return f"  {layer.behind:,} {unit} behind {of}{held}"


def _clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "-"


def logs(
    name: Annotated[str, typer.Argument(help="a service's name, as `ecom status` lists them; or spark, supervisord")],
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines come; Ctrl-C ends it.")] = False,
) -> None:
    """Show a service's log.

    Example: ecom logs trino -n 100 -f
    """
    from ecom.base.layout import Layout
    from ecom.stack.logs import follow as stream
    from ecom.stack.logs import tail
    from ecom.stack.services import platform_services, services

    settings = load_settings()
    names = [*(s.name for s in [*services(settings), *platform_services(settings)]), "spark", "supervisord"]
    if name not in names:
        raise EcomError(f"There is no log named {name}; the names are {', '.join(names)}.", ExitCode.USAGE)
    path = Layout(settings.ecom_home).log(name)
    if not path.exists() and not follow:
        raise EcomError(f"{path} is not there: {name} has not run from this ECOM_HOME; start it with `ecom up`.")
    as_seen = shown if sys.stdout.isatty() else str  # a log may quote what a shop sent
    for line in tail(path, lines):
        print(as_seen(line), flush=follow)
    if follow:
        for line in stream(path):
            print(as_seen(line), flush=True)


def doctor(as_json: AsJson = False) -> None:
    """Check Python, JDK, memory, disk, ports, permissions, settings and services; exit 1 when one fails.

    Example: ecom doctor
    """
    from ecom.stack.doctor import examine

    found = examine()
    if as_json:
        rows = [{"check": f.title, "level": f.level, "found": f.found, "remedy": f.remedy} for f in found]
        print(json.dumps({"ok": all(f.level != "fail" for f in found), "findings": rows}, indent=2))
    else:
        for f in found:
            print(f"{f.level:<5}{f.title:<13}{f.found}" + (f"\n     {'':<13}-> {f.remedy}" if f.remedy else ""))
    if any(f.level == "fail" for f in found):
        raise typer.Exit(ExitCode.FINDING)


def setup_jvm() -> None:
    """Fetch the JVM parts into the user's cache, and let this Python's spark-submit find them.

    Example: ecom setup-jvm
    """
    from ecom.base.jvm import ensure_parts, write_spark_defaults

    ensure_parts(say)
    write_spark_defaults()
