"""Connections: made by a browser or from tokens, listed, disconnected."""
