"""Where the time of a run went, in words and as a table.

Belongs here: names of algorithms, columns, text.
Does not: measuring (``designer.engine``), widgets.
"""
