"""The pages of signing up and in, of one's own account, and of the team."""
