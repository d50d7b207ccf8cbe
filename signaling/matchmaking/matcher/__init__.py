"""The matcher: a pure function from who waits to matches, and all that it is made of."""
