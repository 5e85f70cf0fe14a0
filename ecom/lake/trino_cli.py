"""The official Trino command line as a process of ours: its words, its environment."""

import os
from pathlib import Path

from ecom.base.errors import EcomError
from ecom.base.jdk import find_jdk
from ecom.base.jvm import part_folder
from ecom.base.settings import Settings
from ecom.lake.trino import CATALOG
from ecom.lake.trino_login import password, trusts

JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED")  # a quick start


def command(settings: Settings, arguments: list[str]) -> list[str]:
    """Java, the command line, and ours of its options that `arguments` do not give."""
    folder = part_folder("trino-cli")
    if not folder.is_dir():
        raise EcomError(f"The Trino command line is not in {folder}; run `make setup`.")
    jar = next(folder.glob("*.jar"))
    return [str(find_jdk().java), *JVM, "-jar", str(jar), *options(settings, arguments), *arguments]


def options(settings: Settings, arguments: list[str]) -> list[str]:
    """Where Trino is, and as whom; the command line refuses an option that is there twice."""
    host, port = settings.trino_address
    known = {
        "--server": f"{settings.trino_scheme}://{host}:{port}",
        "--user": settings.trino_user,
        "--catalog": CATALOG,
        "--timezone": "UTC",
    }
    trusted = trusts(settings)
    if settings.trino_https and trusted and Path(trusted).is_file():
        known["--truststore-path"] = trusted
    given = {argument.split("=")[0] for argument in arguments}
    ours = [f"{name}={value}" for name, value in known.items() if name not in given]
    return [*ours, *(["--password"] if password(settings) and "--password" not in given else [])]


def environment(settings: Settings) -> dict[str, str]:
    """The password goes by environment: anybody may read a process's words."""
    login = password(settings)
    return dict(os.environ) | ({"TRINO_PASSWORD": login} if login else {})
