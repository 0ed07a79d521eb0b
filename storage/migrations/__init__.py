"""Schema changes, in order, run by `storage.database.upgrade`."""
