"""A mapping of graphics items that are made when somebody asks for them: of ten thousand cards few are in sight."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import TypeVar

from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

K = TypeVar("K", bound=Hashable)
Item = TypeVar("Item", bound=QGraphicsItem)


class ItemsOnDemand(Mapping[K, Item]):
    """Every key has an item; ``made`` are those that exist, which is what follows changes.

    Parameters
    ----------
    scene
        Where items are added.
    keys
        The keys there are now.
    make
        Makes the item of a key as it looks now.
    """

    def __init__(self, scene: QGraphicsScene, keys: Callable[[], Collection[K]], make: Callable[[K], Item]) -> None:
        self._scene, self._keys, self._make = scene, keys, make
        self.made: dict[K, Item] = {}

    def __getitem__(self, key: K) -> Item:
        item = self.made.get(key)
        if item is None:
            if key not in self._keys():
                raise KeyError(key)
            item = self.made[key] = self._make(key)
            self._scene.addItem(item)
        return item

    def __contains__(self, key: object) -> bool:
        return key in self._keys()

    def __iter__(self) -> Iterator[K]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._keys())

    def drop(self, key: K) -> None:
        """Remove the item of a key, if there is one."""
        item = self.made.pop(key, None)
        if item is not None:
            self._scene.removeItem(item)

    def keep(self, wanted: Collection[K]) -> None:
        """Have items for these keys and for no others."""
        for key in [key for key in self.made if key not in wanted]:
            self.drop(key)
        for key in wanted:
            self[key]
