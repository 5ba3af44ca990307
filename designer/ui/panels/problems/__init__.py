"""Problems in words, with what mends them."""
