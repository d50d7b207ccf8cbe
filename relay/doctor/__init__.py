"""What is wrong with a relay, as a client sees it: a dialogue of questions, over lines that are passed in."""
