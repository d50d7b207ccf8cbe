"""Matchmaking: players wait in queues, and a pure function puts them into matches; each match is a room.

`configuration.queues` says what a queue wants, `tickets` who waits, `proposals` what the matcher found, `matches` what
became of it, `ledger.dealings` what a hub and the desk that holds all this say to each other.
"""
