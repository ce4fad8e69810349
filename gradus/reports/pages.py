"""What pages share: the template engine, what it says in the page's language, and a script of their
own that a content policy names.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from gradus.reports import content
from gradus.reports.language import Language, Said, filled
from gradus.text import code_spans, visible_line


def environment() -> Environment:
    """An engine that escapes whatever a template is given, and knows no undefined name.

    A template is given the page's `language`; `_` is a sentence of the page's own.
    """
    found = Environment(
        loader=PackageLoader("gradus.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "sentence": translated,
        "told": _told,
        "spans": sentence,
        "line": visible_line,
        "key": _key,
        "value": _value,
    }
    found.filters.update(filters)
    found.globals["_"] = _chrome
    return found


@cache
def script(name: str) -> tuple[Markup, str]:
    """A script among the templates, to inline as it is, and its digest for the content policy."""
    source = files("gradus.reports").joinpath("templates", name).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return Markup(source), digest


def sentence(text: str) -> Markup:
    """`text` on one line, escaped, with `` `code` `` as code elements."""
    parts = (
        Markup("<code>{}</code>").format(part) if is_code else escape(part)
        for is_code, part in code_spans(visible_line(text))
    )
    return Markup("").join(parts)


@pass_context
def _chrome(context: Context, english: str, **values: object) -> Markup:
    """A sentence of the page's own, its values escaped."""
    shown = {name: sentence(str(value)) for name, value in values.items()}
    return Markup(filled(sentence(context["language"].template(english)), shown))


@pass_context
def translated(context: Context, text: str) -> Markup:
    """A sentence of the result, as HTML; in the page's language, or marked as English."""
    return _marked(context["language"].said(text), context["language"])


def _marked(said: Said, language: Language) -> Markup:
    shown = sentence(said.text)
    if said.language == language.code:
        return shown
    return Markup('<span lang="{}">{}</span>').format(said.language, shown)


@pass_context
def _told(context: Context, said: Said) -> Markup:
    """What was put into the page's language before."""
    return _marked(said, context["language"])


@pass_context
def _value(context: Context, value: Any) -> Markup:
    language = context["language"]
    return _marked(language.value(content.plain_value(value)), language)


@pass_context
def _key(context: Context, key: str) -> Markup:
    language = context["language"]
    return _marked(language.value(content.plain_key(key)), language)
