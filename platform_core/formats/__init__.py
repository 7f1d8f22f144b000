"""What the platform found or answers, as text, JSON, Markdown, HTML or annotations. A format decides nothing."""
