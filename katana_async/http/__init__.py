"""How one request travels: messages, transport, retry, limits, pages, codec."""
