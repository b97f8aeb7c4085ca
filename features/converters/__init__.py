"""Other sources into one extract: the Open University files, the national register's export."""
