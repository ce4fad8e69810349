"""What a submission writes beside its own files, kept in the scratch folder.

Runs inside the worker: standard library only, Python 3.9 and later. A submission's folder can only
be read. Code that makes `figures/` in it, or keeps the best weights there, is no mistake: what may
not be written there is written elsewhere, and read from there again. Its source files are no such
thing: writing them is refused.
"""

import builtins
import io
import os

FOLDER = ".beside"


class Beside:
    """Opens files and makes folders. `written` maps a file of the submission to where it really is.

    `unmade` are folders that the submission believes to have made.
    """

    def __init__(self, submission, scratch):
        roots = (os.path.abspath(submission), os.path.realpath(submission))
        self.roots = tuple(os.path.join(root, "") for root in roots)
        self.scratch = os.path.join(scratch, FOLDER)
        self.written = {}
        self.unmade = set()
        self.open, self.mkdir = builtins.open, os.mkdir

    def install(self):
        """Let all code of this process open files and make folders here."""
        builtins.open = io.open = self.opened
        os.mkdir = self.made

    def place(self, path):
        """The absolute path of a file in the submission's folder, None for any other."""
        try:
            whole = os.path.abspath(os.fspath(path))
        except (TypeError, ValueError):  # a descriptor, or nothing that can be a path
            return None
        return whole if isinstance(whole, str) and whole.startswith(self.roots) else None

    def is_refused(self, place, error):
        """Whether it is for want of a right in the submission's folder that something failed."""
        if place is None:
            return False
        return isinstance(error, PermissionError) or os.path.dirname(place) in self.unmade

    def opened(self, file, mode="r", *arguments, **keywords):
        """`open`, but what may not be written in the submission's folder is a file elsewhere."""
        place = self.place(file)
        try:
            return self.open(self.written.get(place, file), mode, *arguments, **keywords)
        except (PermissionError, FileNotFoundError) as error:
            writes = isinstance(mode, str) and not set("wax").isdisjoint(mode)
            if not writes or not self.is_refused(place, error) or place.endswith(".py"):
                raise
        if not os.path.isdir(self.scratch):
            self.mkdir(self.scratch)
        self.written[place] = os.path.join(self.scratch, str(len(self.written)))
        return self.open(self.written[place], mode, *arguments, **keywords)

    def made(self, path, *arguments, **keywords):
        """`os.mkdir`, but a folder that may not be made in the submission's is left unmade."""
        try:
            self.mkdir(path, *arguments, **keywords)
        except (PermissionError, FileNotFoundError) as error:
            place = self.place(path)
            if not self.is_refused(place, error):
                raise
            self.unmade.add(place)
