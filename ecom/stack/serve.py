"""One service in the foreground, as a container runs it: the local stack's templates and command line, this process."""

import os
import sys
from typing import NoReturn

from ecom.base.jdk import find_jdk
from ecom.base.jvm import require_parts
from ecom.base.layout import Layout
from ecom.base.settings import ROOT, Settings
from ecom.stack.control import format_kafka
from ecom.stack.render import render, secret_environment
from ecom.stack.services import command, platform_command
from ecom.stack.supervise import service_environment


def serve(service: str, settings: Settings) -> NoReturn:
    """Becomes `kafka`, `s3` or `trino`: signals and the exit code are the service's own. Raises EcomError."""
    layout = Layout(settings.ecom_home)
    layout.create()
    require_parts()
    jdk = find_jdk()
    render([service], settings, layout)
    if service == "kafka":
        format_kafka(jdk, layout)
    line = command(service, jdk.java, layout)
    environment = secret_environment(settings) if service == "trino" else {}  # the others have theirs in a file
    os.execve(line[0], line, service_environment(environment | {"JAVA_HOME": str(jdk.home)}))


def serve_dbt_docs(settings: Settings) -> NoReturn:
    """Serves the pages that `ecom prepare lake` made; the nightly maintenance renews them."""
    line = platform_command("dbt-docs", settings, Layout(settings.ecom_home), [])
    os.execv(line[0], line)


def serve_dashboard() -> NoReturn:
    """Becomes the page's Streamlit. Its configuration is dashboard/.streamlit/config.toml, found by the folder."""
    os.chdir(ROOT / "dashboard")
    os.execv(sys.executable, [sys.executable, "-m", "dashboard.server"])
