"""Queues of many nodes, in Redis or Valkey: each step is a script of Lua."""
