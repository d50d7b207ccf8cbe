"""A season of a queue in virtual time: who comes, how long they wait, and what the matches are like."""
