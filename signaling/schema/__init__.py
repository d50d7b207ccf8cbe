"""The protocol written down for others: JSON Schema, AsyncAPI and TypeScript, made from the message types."""
