"""What a model must beat: one file each, numbers in TOML beside it."""
