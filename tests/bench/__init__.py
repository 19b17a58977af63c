"""What the product does per second, each figure as a ratio to what the same machine does in the same run."""
