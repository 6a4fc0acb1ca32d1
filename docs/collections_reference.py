"""The reference of collections, by attribute: each method with its route, filters and fields.

In a page, `.. collections of sales` becomes one section for each collection of the area, and
`<!-- table of collections -->` a table of all collections.
"""

import inspect
import json
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from enum import EnumType
from typing import (
    Annotated,
    Any,
    Literal,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from sphinx.ext.napoleon import GoogleDocstring
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.inspect import stringify_signature
from sphinx.util.typing import stringify_annotation

from katana_async import params
from katana_async.http.encoding import hints_of
from katana_async.resources import RESOURCES, load
from katana_async.resources.operations import katana_pages, operations_of

_PLACEHOLDER = re.compile(r"^\.\. collections of (\w+)$", re.MULTILINE)
_TABLE = "<!-- table of collections -->"

# Types of fields that have a name and an entry in docs/reference/common.md or account.md.
_ALIASES = {
    getattr(params, name): name
    for name in params.__all__
    if get_origin(getattr(params, name)) in (Annotated, Literal)
}


def insert_collections(app: Any, _page: str, source: list[str]) -> None:
    """Replace the placeholders of a page that Sphinx reads."""
    source[0] = _PLACEHOLDER.sub(lambda found: "\n".join(_area(app, found[1])), source[0])
    if _TABLE in source[0]:
        app.env.note_dependency(__file__)
        source[0] = source[0].replace(_TABLE, "\n".join(_table_of_collections()))


def code(text: str) -> str:
    """Turn the backquotes of a docstring, which are Markdown's, into reStructuredText's."""
    return re.sub(r"(?<!`)`([^`]+)`(?!`)(?=(\w?))", _literal, text)


def _literal(found: re.Match[str]) -> str:
    # reStructuredText needs a separator between a literal and a letter, as in `Decimal`s.
    return f"``{found[1]}``" + ("\\ " if found[2] else "")


def _area_of(attribute: str) -> str:
    return RESOURCES[attribute].partition(".")[0]


def _table_of_collections() -> Iterator[str]:
    yield from ("| attribute | records | page |", "| --- | --- | --- |")
    for attribute in RESOURCES:
        area = _area_of(attribute)
        summary = inspect.getdoc(load(attribute)).partition("\n")[0]
        yield f"| [`katana.{attribute}`](#katana.{attribute}) | {summary} | [{area}]({area}.rst) |"


def _area(app: Any, area: str) -> Iterator[str]:
    for attribute in RESOURCES:
        if _area_of(attribute) == area:
            app.env.note_dependency(__file__)
            app.env.note_dependency(inspect.getfile(load(attribute)))
            title = f"``katana.{attribute}``"
            yield from (f".. _katana.{attribute}:", "", title, "-" * len(title), "")
            yield from (*_Section(app, attribute).lines(), "")


class _Section:
    """The section of one collection."""

    def __init__(self, app: Any, attribute: str) -> None:
        self._app = app
        self._attribute = attribute
        self._cls = load(attribute)
        self._shown: set[type] = set()  # the TypedDicts whose fields are in the section already

    def lines(self) -> Iterator[str]:
        """Return the section as reStructuredText."""
        yield from (*self._docstring(self._cls), "")
        if page := katana_pages().get(self._attribute, {}).get("object"):
            yield from (f"Katana: {page}", "")
        for operation, _ in sorted(operations_of(self._attribute), key=self._place):
            yield from self._method(operation)

    def _place(self, entry: Any) -> int:
        order = ["list", "search", "get", "create", "update", "delete"]
        name = entry[0].python_method
        return order.index(name) if name in order else len(order)

    def _method(self, operation: Any) -> Iterator[str]:
        name = operation.python_method
        function = getattr(self._cls, name)
        hints = get_type_hints(function)
        yield f".. py:method:: katana.{self._attribute}.{name}{self._signature(function, hints)}"
        if inspect.iscoroutinefunction(function):
            yield "   :async:"
        yield ""
        shapes = {
            shape: "where" if operation.python_method == "search" else keyword
            for keyword, hint in hints.items()
            for shape in _typed_dicts(hint)
        }
        body = [
            f"``{operation.method} {operation.path}``",
            "",
            *self._docstring(function),
            "",
            *((f"Katana: {operation.page}", "") if operation.page else ()),
            *self._shapes({shape: f"``{name}``: " for shape, name in shapes.items()}),
        ]
        yield from (f"   {line}".rstrip() for line in body)

    def _signature(self, function: Any, hints: dict[str, Any]) -> str:
        """Return a signature with annotations as written, without that of `**`, and T resolved."""
        signature = inspect.signature(function)
        parameters = [
            shown
            for each in [*signature.parameters.values()][1:]
            for shown in (
                _keywords(each, hints[each.name]) if each.kind is each.VAR_KEYWORD else [each]
            )
        ]
        answer = self._cls.model if isinstance(hints["return"], TypeVar) else hints["return"]
        signature = signature.replace(parameters=parameters, return_annotation=answer)
        text = stringify_signature(signature, unqualified_typehints=True, short_literals=True)
        return re.sub(r"(?<![\w.])(?:models|params)\.", "", text)  # annotations as written

    def _docstring(self, thing: Any) -> list[str]:
        text = code(inspect.getdoc(thing) or "")
        return GoogleDocstring(text, self._app.config, self._app, "method").lines()

    def _label(self, shape: type) -> str:
        return f"katana.{self._attribute}-{shape.__name__}".lower()

    def _shapes(self, shapes: dict[type, str]) -> Iterator[str]:
        """Yield the fields of TypedDicts and of those that are nested in them.

        Args:
            shapes: The TypedDicts, each with the text before its name.
        """
        for shape, prefix in shapes.items():
            if shape in self._shown:
                if prefix:
                    yield from (f"{prefix}{self._reference(shape)}, as above", "")
                continue
            self._shown.add(shape)
            yield from (f".. _{self._label(shape)}:", "", f"{prefix}``{shape.__name__}``", "")
            yield from (*(f"   {line}" for line in self._docstring(shape)), "")
            yield from (*self._fields(shape), "")
            nested = [each for hint in _hints(shape).values() for each in _typed_dicts(hint)]
            yield from self._shapes(dict.fromkeys(nested, ""))

    def _fields(self, shape: type) -> Iterator[str]:
        hints = _hints(shape)
        if not hints:
            return
        comments = _comments(shape)
        yield from ("   .. list-table::", "      :widths: 35 65", "")
        for name in sorted(hints, key=lambda name: name not in shape.__required_keys__):
            required = "required, " if name in shape.__required_keys__ else ""
            comment = " ".join(comments.get(name, ()))
            described = self._describe(name, hints[name])
            yield f"      * - ``{name}``"
            yield f"        - {required}{described}{'. ' + code(comment) if comment else ''}"

    def _reference(self, shape: type) -> str:
        return f":ref:`{shape.__name__} <{self._label(shape)}>`"

    def _describe(self, name: str, hint: Any) -> str:
        """Return a field's type in words."""
        if hint in _ALIASES:
            return _link("data", _module_of(_ALIASES[hint]), _ALIASES[hint])
        origin, arguments = get_origin(hint), get_args(hint)
        if origin in (Union, types.UnionType):
            return _any_of(self._alternatives(name, arguments))
        if origin is Literal:
            return _any_of(_values(hint))
        if origin is list:
            return f"list of {self._describe(name, arguments[0])}"
        if origin is Mapping and name == "custom_fields":
            return _link("data", "katana_async.params._types", "CustomFieldValues")
        shape = origin or hint
        if is_typeddict(shape) and shape.__module__ != params.search.__name__:
            return self._reference(shape)
        if getattr(shape, "__module__", "").startswith("katana_async."):
            return _link("class", shape.__module__, shape.__name__)
        return f"``{_without_modules(hint)}``"

    def _alternatives(self, name: str, hints: tuple[Any, ...]) -> Iterator[str]:
        """Yield the alternatives of a union: an enumeration after its values, None last."""
        for hint in sorted(
            hints, key=lambda each: (each is type(None), isinstance(each, EnumType))
        ):
            if get_origin(hint) is Literal and hint not in _ALIASES:
                yield from _values(hint)
            elif get_origin(hint) is list:
                yield f"list or tuple of {self._describe(name, get_args(hint)[0])}"
            elif get_origin(hint) is not tuple:  # a tuple stands beside each list
                yield self._describe(name, hint)


def _keywords(written: inspect.Parameter, hint: Any) -> list[inspect.Parameter]:
    """Return the parameters behind `**`: those of a search by name, others as `**name`."""
    (keywords,) = get_args(hint)
    if get_origin(keywords) is None:
        return [written.replace(annotation=written.empty)]
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(name, kind, default=None) for name in hints_of(keywords)]


def _link(role: str, module: str, name: str) -> str:
    return f":py:{role}:`~{module}.{name}`"


def _values(hint: Any) -> Iterator[str]:
    return (f"``{json.dumps(value)}``" for value in get_args(hint))


def _without_modules(hint: Any) -> str:
    text = "None" if hint is type(None) else stringify_annotation(hint, "fully-qualified")
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text)


def _any_of(words: Iterable[str]) -> str:
    *rest, last = words
    return f"{', '.join(rest)} or {last}" if rest else last


def _hints(shape: type) -> dict[str, Any]:
    """Return the annotations of a TypedDict's fields, without `Required`."""
    hints = get_type_hints(shape, include_extras=True)
    return {n: get_args(h)[0] if get_origin(h) is Required else h for n, h in hints.items()}


def _typed_dicts(hint: Any) -> Iterator[type]:
    """Yield the TypedDicts within an annotation, except those of the search language."""
    if is_typeddict(hint):
        if hint.__module__ != params.search.__name__:
            yield hint
        return
    for argument in get_args(hint):
        yield from _typed_dicts(argument)


def _comments(shape: type) -> dict[str, list[str]]:
    """Return the `#:` comments of a TypedDict's fields, those of its bases included."""
    found: dict[str, list[str]] = {}
    for cls in (*getattr(shape, "__orig_bases__", ()), shape):
        if cls is not shape and is_typeddict(cls):
            found |= _comments(cls)
    documented = ModuleAnalyzer.for_module(shape.__module__).find_attr_docs()
    return found | {
        name: lines for (cls, name), lines in documented.items() if cls == shape.__name__
    }


def _module_of(alias: str) -> str:
    """Return the module of `params` that exports a name."""
    # Areas import names of `_types`, so that it comes first.
    homes = [params._types, params.account, params.search]  # noqa: SLF001 - its names are public
    return next(home.__name__ for home in homes if alias in vars(home))
