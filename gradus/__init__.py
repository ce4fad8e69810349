"""Gradus grades numerical-computing assignments by laws and says which mistake explains a failure."""

__version__ = "0.1.0"
