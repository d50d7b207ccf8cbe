"""What packages share that know nothing of each other: an admin socket, posting to webhooks, the way out, the head of reports."""
