"""The catalog: which APIs are served, and the routes of each: literal paths first, then templates with more text."""

import json
import time

import pytest

from toolalpaca.openapi.documents import parse_document
from toolalpaca.simulator.catalog import Catalog
from toolalpaca.simulator.router import Router


@pytest.fixture
def router():
    """Paths of an API whose templates overlap."""
    router: Router[str] = Router()
    for template in ("/{kind}/{id}", "/pets/{id}", "/pets/mine", "/pets/{id}/photos", "/a%2Fb/{id}", "/{one}.{two}"):
        router.add(template, "get", template)
    router.add("/{kind}/{id}", "delete", "remove")
    return router


def _found(router, path, method):
    return next(router.matches(path, method), (None, {}))


@pytest.mark.parametrize(("path", "method", "template", "values"), [
    ("/pets/mine", "GET", "/pets/mine", {}), ("/pets/7/", "GET", "/pets/{id}", {"id": "7"}),
    ("/cats/7", "GET", "/{kind}/{id}", {"kind": "cats", "id": "7"}),
    ("/pets/a%2Fb", "GET", "/pets/{id}", {"id": "a%2Fb"}),
    ("/pets/7", "DELETE", "/{kind}/{id}", {"kind": "pets", "id": "7"}),
    ("/pets/7/photos", "GET", "/pets/{id}/photos", {"id": "7"}), ("/a/b/7", "GET", "/a%2Fb/{id}", {"id": "7"}),
    ("/x.y", "GET", "/{one}.{two}", {"one": "x", "two": "y"}), ("/pets/7/photos/1", "GET", None, {})])
def test_the_most_literal_template_with_the_method_wins(router, path, method, template, values):
    item, found = _found(router, path, method)
    assert (item.template if item else None, found) == (template, values)


@pytest.mark.parametrize(("path", "values"), [
    ("/reports/may.2024.csv", {"name": "may.2024", "format": "csv"}),
    ("/pages/home.json", {"page": "home", "end": ".json"}),
    ("/pages/home.xml", {"page": "home.xm", "end": "l"}), ("/projects/809json", {"id": "809", "format": "json"})])
def test_variables_in_one_segment_are_told_apart_by_their_choices_or_by_the_last_sign(path, values):
    router: Router[str] = Router()
    router.add("/reports/{name}.{format}", "get", "report")
    router.add("/pages/{page}{end}", "get", "page", {"end": r"\.json|\.html"})
    router.add("/projects/{id}{format}", "get", "project", {"id": r"-?\d+"})
    assert _found(router, path, "GET")[1] == values


@pytest.mark.parametrize("templates", [("/parts/{id}", "/parts/{id},{step}"), ("/parts/{id},{step}", "/parts/{id}")])
def test_a_variable_more_after_a_sign_comes_before_one_that_takes_all(templates):
    router: Router[str] = Router()
    for template in templates:
        router.add(template, "get", template)
    assert [_found(router, path, "GET")[1] for path in ("/parts/5,3", "/parts/5")] == [
        {"id": "5", "step": "3"}, {"id": "5"}]


@pytest.mark.parametrize("path", ["/caf%C3%A9s/7/men%C3%BCs", "/cafés/7/menüs", "/caf%c3%a9s/%C3/men%c3%bcs/"])
def test_the_ends_of_a_template_are_found_in_whatever_way_a_path_is_written(path):
    router: Router[str] = Router()
    for noun in ("cafés", "bars", "kiosks"):
        router.add(f"/{noun}/{{id}}/menüs", "get", noun)
    item, values = _found(router, path, "GET")
    assert item is not None and item.methods["GET"][0].target == "cafés" and len(values) == 1


def test_of_templates_alike_only_those_with_the_ends_of_the_path_are_compiled():
    router: Router[int] = Router()
    for number in range(50):
        router.add(f"/things/{{id}}/parts{number}", "get", number)
    found = [item for number in (7, 8, 60) for item, _ in router.matches(f"/things/1/parts{number}", "GET")]
    assert [item.template for item in found] == ["/things/{id}/parts7", "/things/{id}/parts8"]
    assert sum("patterns" in vars(item) for item in router._templates.values()) == 2


def _seconds_to_route(paths: int) -> float:
    began = time.process_time()
    router: Router[int] = Router()
    for number in range(paths):
        router.add(f"/things{number}/{{id}}/parts/{{part}}" + "/more" * (number % 5), "get", number)
    item, _ = _found(router, "/things7/1/parts/2/more/more", "GET")
    assert item is not None and item.methods["GET"][0].target == 7
    return time.process_time() - began


def test_the_time_to_route_grows_with_the_number_of_paths_and_not_its_square():
    few, many = (min(_seconds_to_route(paths) for _ in range(3)) for paths in (250, 4_000))
    assert many < 80 * few  # 16 times the paths; the square would be 256 times


def test_operations_that_cannot_be_used_are_told_at_the_start_and_cost_no_others(capsys):
    paths = {"/a": {"get": {"operationId": "a"}}, "/b": {"get": {"parameters": [{"name": "x", "in": "there"}]}}}
    text = json.dumps({"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths})
    catalog = Catalog([{"Name": "Partly", "Documentation": text}])
    said = capsys.readouterr().err
    assert "API 'Partly' is served without 1 of its operations; the first: GET /b: parameter 0" in said
    assert [one.name for one in catalog.api("Partly").operations] == ["a"]


@pytest.mark.parametrize("version", ["3.0.3", "3.2.0"])
def test_a_document_without_faults_is_not_checked_again_and_is_the_same(monkeypatch, version):
    paths = {"/a/{id}": {"get": {"operationId": "a"}, "query": {"operationId": "q"}}}
    text = json.dumps({"openapi": version, "info": {"title": "T", "version": "1"}, "paths": paths})
    catalog, document = Catalog([{"Name": "Whole", "Documentation": text}]), parse_document(text)
    monkeypatch.setattr("toolalpaca.openapi.documents.costly", lambda patterns: pytest.fail("checked again"))
    assert catalog.api("Whole").document == document
    assert [one.name for one in catalog.api("Whole").operations] == ["a", "q"]
