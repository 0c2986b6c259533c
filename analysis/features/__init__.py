"""What is measured of each side of a conversation, and of the conversation as a whole."""
