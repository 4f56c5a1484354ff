"""The records that pass between stages, and the files and shards that hold them."""
