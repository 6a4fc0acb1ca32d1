"""Every model goes through dicts, JSON, attrs, cattrs and pydantic, and comes back equal."""

import copy
import json
import pickle
import sys
from functools import cache
from typing import Any

import attrs
import cattrs
import cattrs.preconf.json
import cattrs.preconf.orjson
import pytest
from hypothesis import Phase, given, settings

from katana_async.models import configure_converter
from tests.http.records import records_of

from .objects import all_models

pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")

each_model = pytest.mark.parametrize("model", all_models(), ids=lambda model: str(model.__name__))


@cache
def samples(model: Any) -> list[Any]:
    """Return generated records of a model, the same in every run."""
    found: list[Any] = []

    @settings(max_examples=10, derandomize=True, database=None, phases=[Phase.generate])
    @given(records_of(model))
    def collect(record: dict[str, Any]) -> None:
        found.append(model.from_json(json.dumps(record)))

    collect()
    assert len({record.to_json() for record in found}) > 1
    return found


@each_model
def test_a_record_comes_back_from_its_dict_and_from_its_json(model: Any) -> None:
    for record in samples(model):
        assert model.from_dict(record.to_dict()) == record
        assert model.from_json(record.to_json()) == record
        assert model.from_json(record.to_json().encode()) == record


@each_model
def test_attrs_and_to_dict_agree_on_the_fields(model: Any) -> None:
    assert attrs.has(model)
    for record in samples(model):
        fields = record.to_dict()
        assert attrs.asdict(record) == fields
        assert list(attrs.asdict(record)) == list(fields)
        assert [field.name for field in attrs.fields(model)] == list(fields)


@each_model
def test_copies_are_equal_and_have_the_same_hash(model: Any) -> None:
    for record in samples(model):
        name = attrs.fields(model)[0].name
        changes = {name: getattr(record, name)}
        twins = [
            attrs.evolve(record),
            attrs.evolve(record, **changes),
            copy.copy(record),
            copy.deepcopy(record),
            *(pickle.loads(pickle.dumps(record, protocol)) for protocol in range(2, 6)),
        ]
        if sys.version_info >= (3, 13):
            twins.append(copy.replace(record, **changes))
        for twin in twins:
            assert twin == record
            assert type(twin) is model
            assert hash(twin) == hash(record)


@cache
def converters() -> list[Any]:
    """Return cattrs' converters, stock and for JSON, with the hooks for models."""
    made = [
        cattrs.Converter(),
        cattrs.preconf.json.make_converter(),
        cattrs.preconf.orjson.make_converter(),
    ]
    for converter in made:
        configure_converter(converter)
    return made


@each_model
def test_cattrs_reads_what_it_writes(model: Any) -> None:
    for record in samples(model):
        for converter in converters():
            written = converter.unstructure([record])
            assert json.loads(json.dumps(written)) == [json.loads(record.to_json())]
            assert converter.structure(written, list[model]) == [record]
        for converter in converters()[1:]:
            try:
                content = converter.dumps(record)
            except TypeError as error:  # orjson writes no integers of more than 64 bits
                if "exceeds 64-bit" not in str(error):
                    raise
            else:
                assert converter.loads(content, model) == record


@cache
def adapter(model: Any) -> Any:
    return pydantic.TypeAdapter(model)


@each_model
def test_pydantic_reads_and_writes_the_same_json(model: Any) -> None:
    for record in samples(model):
        written = adapter(model).dump_json(record)
        assert json.loads(written) == json.loads(record.to_json())
        assert adapter(model).validate_json(written) == record
        assert adapter(model).validate_json(record.to_json()) == record
        assert adapter(model).validate_python(record) is record
        assert adapter(model).dump_python(record) == record.to_dict()
        assert adapter(model).validate_python(record.to_dict()) == record


@each_model
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_pydantic_describes_every_field(model: Any, mode: str) -> None:
    schema = adapter(model).json_schema(mode=mode)
    if "$ref" in schema:  # a model that may contain itself
        schema = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    fields = attrs.fields(model)
    assert list(schema["properties"]) == [field.name for field in fields]
    assert schema["required"] == [field.name for field in fields if field.default is attrs.NOTHING]
