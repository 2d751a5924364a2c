"""`python -m tests.servers postgres -- COMMAND...`: run a command with DATABASE_URL set to a real PostgreSQL."""

import os
import subprocess
import sys

from tests.servers import postgres
from tests.servers.processes import NoServer


def main(arguments: list[str]) -> int:
    """Run the command after `--`; return its exit code."""
    if arguments[:2] != ["postgres", "--"] or len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with postgres.running() as url:
            print(f"PostgreSQL at {url.rpartition('@')[2]}", flush=True)
            environment = {**os.environ, "DATABASE_URL": url}
            return subprocess.run(arguments[2:], env=environment, check=False).returncode
    except NoServer as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
