"""The pages about what a workspace is connected to."""
