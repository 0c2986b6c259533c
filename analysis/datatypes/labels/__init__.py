"""Task labels: what people and a language model answered on the same items, several annotators each."""
