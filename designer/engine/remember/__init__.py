"""What outlives a run, under one budget: maps, prepared layers, weights, memory.

Belongs here: what is kept, by which key it is found again, and when it goes.
Does not: computing.
"""
