"""What pages share: the template engine, and a script of their own that a content policy names."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def environment() -> Environment:
    """An engine that escapes whatever a template is given, and knows no undefined name."""
    return Environment(
        loader=PackageLoader("gradus.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def script(name: str) -> tuple[Markup, str]:
    """A script among the templates, to inline as it is, and its digest for the content policy."""
    source = files("gradus.reports").joinpath("templates", name).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return Markup(source), digest
