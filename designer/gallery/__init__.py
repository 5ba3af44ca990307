"""Floor 5. The networks of the literature, built in code: one file per family, on a small builder.

Belongs here: architectures with their source, checked against published figures.
Does not: user-made examples (``resources/examples``), and nothing from ``designer.engine`` or
``designer.interchange``.
"""
