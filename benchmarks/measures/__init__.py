"""What an error is: of a location, of a scatter, of scores. Each runs in a worker's process."""
