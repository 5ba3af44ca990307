"""Floor 3. The design as an immutable value: nodes, edges, edits, document with history, spec file, layout.

Belongs here: what a design *is* and every way to turn one design into another.
Does not: what it costs (``designer.analysis``), what it computes (``designer.engine``), how it looks
(``designer.ui``). Structural errors are raised here as ``DesignError``; numerical ones are not errors here.
"""
