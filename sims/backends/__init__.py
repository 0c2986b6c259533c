"""The ways to obtain a reply: a provider through litellm, the offline actor, a script, a recording."""
