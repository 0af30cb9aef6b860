"""A training that is timed by its epochs: what a job of a queue runs, and what the tuner plays short sessions of."""
