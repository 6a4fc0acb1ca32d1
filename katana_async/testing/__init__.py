"""Test suites for your own implementations of the SDK's interfaces.

The SDK does not import this package. Its modules need pytest and pytest-asyncio, which no extra
installs.
"""
