"""What the servers share for those who run them: an admin socket, posting to webhooks, the way out of the machine."""
