"""`python -m gradus`."""

import sys
from pathlib import Path

# `python -m` puts the working directory first on the path, where a submission's numpy.py would be
# imported in place of NumPy. It may stay only where Gradus itself was found through it.
_home = Path(__file__).resolve().parent.parent
if sys.path and Path(sys.path[0] or ".").resolve() != _home:
    del sys.path[0]

from gradus.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
