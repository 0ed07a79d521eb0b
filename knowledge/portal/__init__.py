"""The national public service portal: its calls, its records, and keeping our catalogue in step with it."""
