"""One file, one indicator or one tight family; the catalogue finds them by folder."""
