"""Typed derivations: read as mathematics, never evaluated as code, and judged by numbers.

expressions   the tree
notation      lines in a Python-like notation -> tokens
latex         lines of LaTeX -> the same tokens
grammar       tokens -> equations
readings      what the symbols stand for: drawn values, and what depends on what
evaluation    an expression's value, derivatives included
normal        when two expressions are the same but for trivial rewriting
steps         what a line adds to a derivation: a use of the chain rule, a derivative worked out
judging       a whole derivation: complete, or where it breaks
"""
