"""`dbt`, told where Trino is.

Our package installs its own `dbt` script in place of dbt-core's, so that dbt finds the stack whatever its ports are;
a variable that is already in the environment stays as it is.
"""

import os
import sys

from ecom.errors import EcomError
from ecom.settings import Settings, load_settings


def trino_environment(settings: Settings) -> dict[str, str]:
    """The variables that dbt_project/profiles.yml reads."""
    host, port = settings.trino_address
    return {"TRINO_HOST": host, "TRINO_PORT": str(port), "TRINO_USER": settings.trino_user}


def main() -> None:
    try:
        for name, value in trino_environment(load_settings()).items():
            os.environ.setdefault(name, value)
    except EcomError as error:
        print(f"dbt: {error}", file=sys.stderr)
        raise SystemExit(int(error.code)) from None
    from dbt.cli.main import cli

    from ecom.dbt_adapter import install

    install()
    cli()


if __name__ == "__main__":
    main()
