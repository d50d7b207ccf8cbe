"""Many nodes over Redis or Valkey."""
