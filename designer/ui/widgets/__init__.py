"""Widgets and manners that several panels share: theme, kinds of text, table models, small controls.

Belongs here: what knows nothing of the session.
Does not: anything that only one panel uses.
"""
