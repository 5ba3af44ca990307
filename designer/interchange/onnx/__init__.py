"""Designs as ONNX models, assembled from what the layers declare.

Belongs here: the graph around the operators.
Does not: a rule for one kind of layer (the layer declares it).
"""
