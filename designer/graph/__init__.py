"""Floor 3. The design as an immutable value: nodes, edges, edits, document with history.

Belongs here: what a design *is* and every way to turn one design into another.
Does not: its file (``designer.files``), its places (``designer.layout``), what it costs (``designer.analysis``), what
it computes (``designer.engine``), how it looks (``designer.ui``). Structural errors are raised here as
``DesignError``; numerical ones are not errors here.
"""
