"""The text of a PDF on stdin, on stdout, pages apart by form feeds. Started by path, as a child.

A PDF is hostile data, and reading one may take endless time or memory: so it happens in a process
of its own, within limits, which holds nothing else. What is wrong is said on stderr in one
sentence, with status 3.
"""

from __future__ import annotations

import io
import logging
import sys

MAX_PAGES = 200
CPU_SECONDS = 60
MEMORY_BYTES = 2 << 30
REFUSED = 3


def main() -> None:
    """Read, and write at most as many characters as the first argument says, and one more."""
    _limit()
    most = int(sys.argv[1])
    logging.disable(logging.CRITICAL)
    try:
        pages = _pages(sys.stdin.buffer.read(), most)
    except _Refused as refused:
        sys.stderr.write(str(refused))
        sys.exit(REFUSED)
    except RecursionError:
        sys.stderr.write("its parts are nested too deep")
        sys.exit(REFUSED)
    except Exception as error:  # whatever a broken file makes of the parser
        sys.stderr.write(f"it is no PDF that can be read ({type(error).__name__})")
        sys.exit(REFUSED)
    sys.stdout.buffer.write("\f".join(pages)[: most + 1].encode("utf-8", "replace"))


class _Refused(Exception):
    """The file is not taken, for this reason."""


def _pages(content: bytes, most: int) -> list[str]:
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _Refused("it is locked by a password; save a copy without one")
    if len(reader.pages) > MAX_PAGES:
        raise _Refused(f"it has {len(reader.pages)} pages, and at most {MAX_PAGES} are read")
    found: list[str] = []
    length = 0
    for page in reader.pages:
        found.append(page.extract_text())
        length += len(found[-1])
        if length > most:
            break
    return found


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's time-out alone
        return
    for name, value in (("RLIMIT_CPU", CPU_SECONDS), ("RLIMIT_AS", MEMORY_BYTES)):
        if hasattr(resource, name):
            hard = resource.getrlimit(getattr(resource, name))[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            try:
                resource.setrlimit(getattr(resource, name), (value, hard))
            except (ValueError, OSError):  # macOS refuses some
                continue


if __name__ == "__main__":
    main()
