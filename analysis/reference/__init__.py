"""Human reference profiles: what people's conversations of one genre measure, and whether a genre fits."""
