"""Menus that come up where the mouse is."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QMenu, QWidget


def popup(menu: QMenu, where: QWidget, spot: QPointF) -> None:
    """Show a menu that is deleted when it closes."""
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(where.mapToGlobal(spot.toPoint()))
