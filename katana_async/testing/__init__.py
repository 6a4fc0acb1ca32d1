"""Test suites for your own implementations of the SDK's interfaces.

The SDK does not import this package. Its modules need pytest, pytest-asyncio and hypothesis, which
no extra installs.
"""
