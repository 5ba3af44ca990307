"""Wires between the cards: their ways, their looks, where all of them run."""
