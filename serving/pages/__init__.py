"""Server-rendered pages: no script, nothing from elsewhere, Chinese first, English on request."""
