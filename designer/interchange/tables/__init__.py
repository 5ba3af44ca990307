"""Tables for people and spreadsheets: columns, Markdown, comma-separated values.

Belongs here: rows of facts in, text out.
Does not: tables on the screen (``designer.ui.panels.tables``), and counting.
"""
