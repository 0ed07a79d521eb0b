"""The desk: where staff answer citizens."""
