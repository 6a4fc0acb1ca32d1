"""The name of a value's type for error messages, which do not show the value."""


def kind_of(given: object) -> str:
    """Return the name of a value's class, or a phrase for None and for a class itself."""
    if given is None:
        return "None"
    if isinstance(given, type):
        return f"the class {given.__name__} itself"
    return type(given).__name__
