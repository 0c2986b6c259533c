"""The engine: scenarios, backends, turn-taking, conversations, transcripts and turn graphs."""
