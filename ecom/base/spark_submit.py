"""`spark-submit` of this Python environment, whether or not the environment is activated.

pyspark's own script looks for pyspark with whatever `python3` is on the PATH, and runs the jobs with that.
"""

import os
import sys

from ecom.base.jvm_lock import pyspark_home


def main() -> None:
    home = pyspark_home()
    os.environ["SPARK_HOME"] = str(home)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    script = str(home / "bin" / "spark-submit")
    os.execv(script, [script, *sys.argv[1:]])


if __name__ == "__main__":
    main()
