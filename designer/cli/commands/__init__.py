"""The commands: a module is the command of its name, found by :mod:`designer.cli.main`.

Belongs here: for each command ``HELP`` (marked for translation), ``PLACE`` (where the list of commands shows it) and
``command``, whose annotations are its arguments. What a command works with is imported inside, when it runs: every
module here is read at every start.
Does not: work, and what several commands share (``designer.cli``).
"""
