"""What a report states, beside what is so: vocabulary, comparison, and drafts from a text."""
