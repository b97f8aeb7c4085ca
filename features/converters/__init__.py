"""Other sources into one extract of the contract: the Open University files, the national register's export."""
