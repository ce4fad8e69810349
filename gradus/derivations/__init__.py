"""Typed derivations: read as mathematics, never evaluated as code, and judged by numbers.

tokens        numbers, names and signs
notation      a line in a Python-like notation -> tokens
latex         a line of LaTeX -> the same tokens
grammar       tokens -> equations
expressions   the tree that an equation's sides are
lines         the lines of a derivation -> equations
readings      what the symbols stand for: drawn values, and what depends on what
indices       what the letters of indices count
evaluation    an expression's value, derivatives included
normal        when two expressions are the same but for trivial rewriting
products      the products and terms of an expression; what a result looks like
values        expressions compared by their values
path          the derivatives that lead from the objective to the variable
forms         how the objective is written out, and what its terms derive to
chain_rule    whether a line uses the chain rule
worked        whether a derivative's value has taken its place
intermediate  the steps between statement and result, each counted once
judging       a whole derivation: complete, or where it breaks
budget        how much work all this may be
"""
