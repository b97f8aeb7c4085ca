"""Laws of what visits are said to do."""
