"""Netdraft: draw a convolutional network and see what it costs and what it sees."""

from __future__ import annotations

__version__ = "0.1.0"
