"""How errors call what was given in the place of something else, without showing it."""


def kind_of(given: object) -> str:
    """Return what kind of thing it is: the name of its class, or that it is a class itself."""
    if given is None:
        return "None"
    if isinstance(given, type):
        return f"the class {given.__name__} itself"
    return type(given).__name__
