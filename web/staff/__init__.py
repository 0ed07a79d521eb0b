"""The staff side of the web: who may do what, signing in, and the frame of its pages."""
