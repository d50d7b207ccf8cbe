"""One module for each request method of RFC 8656: a row of checks, then what the method does."""
