"""Feature maps and filters on the screen."""
