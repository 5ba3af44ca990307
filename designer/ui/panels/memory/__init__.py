"""Memory over the time of a run and of a training step."""
