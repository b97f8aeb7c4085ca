"""Commands of ``features``: one file each, thin; nothing heavy is imported until a command runs."""
