"""Floor 1. What a layer must declare. Start reading here, with ``layer.py``.

Belongs here: the base class and its families, fields, geometry of windows, values the exporters emit, shape
problems, and the registry that finds the catalogue (``designer.layers``) by name.
Does not: any particular layer, and what others compute from a layer's facts (``designer.analysis``).
"""
