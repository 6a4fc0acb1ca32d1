"""For those who test what they wrote for the SDK: the suites that its own parts pass.

Nothing of the SDK imports it. Its modules need pytest and pytest-asyncio, which no extra brings.
"""
