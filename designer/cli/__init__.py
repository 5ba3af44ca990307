"""Floor 9. The command line: every command but the first works without a display.

Belongs here: options, what is printed, exit status.
Does not: work; a command asks the floors below.
"""
