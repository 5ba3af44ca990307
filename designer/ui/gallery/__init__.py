"""The networks of the gallery as cards: in a window of their own, and on the page that an empty document shows.

Belongs here: cards, thumbnails, the start page. Does not: the networks and their figures, which are `designer.gallery`.
"""
