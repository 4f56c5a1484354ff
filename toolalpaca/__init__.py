"""The pipeline: fifteen packages, each importing only from those above it; docs/architecture.md has the map."""
