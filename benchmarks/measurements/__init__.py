"""Long measurements that the notebooks read."""
