"""`dbt`, told where Trino is, and how to log in.

Our package installs its own `dbt` script in place of dbt-core's, so that dbt finds the stack whatever its ports are;
what is already in the environment counts, as in every setting.
"""

import os
import sys

from ecom.base.errors import EcomError
from ecom.base.settings import Settings, load_settings
from ecom.contracts.loader import load_datasets
from ecom.lake.trino_login import password, trusts


def project_environment(settings: Settings) -> dict[str, str]:
    """The variables that dbt_project/ reads: its profile, and its exposure of the page."""
    host, port = settings.trino_address
    known = {"TRINO_HOST": host, "TRINO_PORT": str(port), "TRINO_USER": settings.trino_user}
    known |= {"ECOM_DATASETS": ",".join(_datasets(settings))}
    known |= {"TRINO_HTTPS": str(settings.trino_https).lower(), "DASHBOARD_PUBLIC_URL": settings.dashboard_page}
    if settings.trino_https:
        trusted = trusts(settings) or ""
        known |= {"TRINO_PASSWORD": password(settings) or "", "TRINO_CA_CERT": trusted}
        known |= {"REQUESTS_CA_BUNDLE": trusted} if trusted else {}  # it would win over the profile's `cert`
    return known


def _datasets(settings: Settings) -> list[str]:
    """Those that the contracts name; a contract that is not valid is told by what works with it."""
    try:
        return list(load_datasets(settings))
    except EcomError as error:
        print(f"dbt: {error}", file=sys.stderr)
        return []


def main() -> None:
    """Runs dbt's own command line with our settings in its environment, and with `adapter.try_query`."""
    try:
        os.environ.update(project_environment(load_settings()))
    except EcomError as error:
        print(f"dbt: {error}", file=sys.stderr)
        raise SystemExit(int(error.code)) from None
    from dbt.cli.main import cli

    from ecom.dbt.adapter import install

    install()
    cli()


if __name__ == "__main__":
    main()
