"""What an operator touches: configuration, logs, the admin protocol, and webhooks that are told what happens."""
