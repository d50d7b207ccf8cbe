"""What the servers share for those who run them: an admin socket, and posting to webhooks."""
