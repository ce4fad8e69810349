"""Gradus grades numerical-computing assignments by laws, and names probable mistakes."""

import os

__version__ = "0.1.0"

# One BLAS thread on this side of the trust line too, before anything here loads NumPy: with more,
# the last bits of a product differ from machine to machine.
for _library in ("OPENBLAS", "OMP", "MKL", "VECLIB", "NUMEXPR"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
