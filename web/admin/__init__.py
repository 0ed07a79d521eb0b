"""The pages of administrators and editors, one area a module."""
