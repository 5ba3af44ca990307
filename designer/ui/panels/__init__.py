"""The docks around the canvas: parameters, inspector, summary, charts, feature maps, input image, problems.

Belongs here: one panel per file, each a view of the session; the registry finds it by the name of its module.
Does not: calls from one panel into another, or analysis; what two panels need is session state.
"""
