"""The commands that README and docs print, run as they are printed: `tox -e docs`."""
