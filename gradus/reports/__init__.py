"""Views of one result: terminal, Markdown, HTML."""
