"""One file a change: `NNNN_what.py`, whose revision is its number."""
