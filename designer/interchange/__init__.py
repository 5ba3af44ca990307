"""Floor 5. Read and write designs in other formats: ONNX, framework code, pictures, tables.

Belongs here: one module per format and direction, built on what the layers emit.
Does not: our own spec file (``designer.files.spec``), knowledge of single layers, or anything from
``designer.engine`` or ``designer.gallery``. Nothing here ever unpickles.
"""
