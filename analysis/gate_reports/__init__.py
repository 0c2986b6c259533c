"""What a gate found, for programs and for people: a record, JUnit XML, Markdown, and the words they share."""
