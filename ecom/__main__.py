"""Where `ecom` starts: what is imported takes a second, in which Ctrl-C is to be as clean as later."""

import sys

from ecom.base.errors import ExitCode


def main() -> None:
    try:
        from ecom.cli import main as run

        run()
    except KeyboardInterrupt:
        print("ecom: interrupted", file=sys.stderr)
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None


if __name__ == "__main__":
    main()
