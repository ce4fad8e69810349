"""`python -m gradus`."""

import os
import sys

# `python -m` puts the working directory first on the path, where a submission's numpy.py would be
# imported in place of NumPy. It may stay only where Gradus itself was found through it. Nothing but
# modules that the interpreter has loaded anyway may be imported before.
_home = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
if not sys.flags.safe_path and os.path.realpath(sys.path[0]) != _home:
    del sys.path[0]

try:
    from gradus.cli import main
except ModuleNotFoundError as error:
    missing = str(error.name)
    if missing.partition(".")[0] == "gradus":
        raise
    print(
        f"gradus: the module {missing} is not installed for {sys.executable}; run gradus through "
        "tox, as in `tox -e check`, or install requirements.txt there",
        file=sys.stderr,
    )
    sys.exit(2)

if __name__ == "__main__":
    main()
