"""JUnit XML: what the schema `junit-10.xsd` asks of it, and what each verdict becomes."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.exports import junit
from gradus.results import Result
from tests.builders import hostile_result, sample_result
from tests.drawn_results import results

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "skipped", "timestamp"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"name", "time", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}
REQUIRED = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "property": {"name", "value"},
    "testcase": {"name"},
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped", "system-out"},
}
SUREFIRE_TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")


@settings(database=None, deadline=None, max_examples=80)
@given(results())
def test_every_result_follows_the_schema(result: Result) -> None:
    root = ET.fromstring(junit.render(result))
    assert root.tag == "testsuites"
    for element in root.iter():
        given_names = set(element.attrib)
        assert REQUIRED.get(element.tag, set()) <= given_names <= ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    (suite,) = root
    assert SUREFIRE_TIME.fullmatch(suite.attrib["time"])
    cases = suite.findall("testcase")
    assert len(cases) == len(result.checks) == int(suite.attrib["tests"])
    for kind, counted in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(suite.findall(f"testcase/{kind}")) == int(suite.attrib[counted])
    assert all(len(case) <= 1 for case in cases)


def test_each_verdict_becomes_what_a_ci_system_understands() -> None:
    suite = ET.fromstring(junit.render(sample_result()))
    found = {case.attrib["name"]: [child.tag for child in case] for case in suite.iter("testcase")}
    assert found == {
        "1a.derivation.lines": ["skipped"],
        "2a.forward.value": [],
        "2a.forward.log-odds": [],
        "2a.forward.huge": ["system-out"],
        "2a.backward.value": ["failure"],
        "2a.backward.union": ["error"],
        "2b.train_step.value": [],
        "2b.train_step.rate": ["skipped"],
        "2b.train_step.loss": ["skipped"],
        "2b.train_step.replay": ["system-out"],
    }


def test_the_maximum_and_what_it_leaves_out_are_stated() -> None:
    (said,) = [
        item.attrib["value"]
        for item in ET.fromstring(junit.render(sample_result())).iter("property")
        if item.attrib["name"] == "points.says"
    ]
    assert "wait to be marked by a person" in said


@settings(database=None, deadline=None)
@given(st.text(st.characters(codec=None)))
def test_no_character_breaks_the_file(text: str) -> None:
    cleaned = junit.clean(text)
    element = ET.Element("a")
    element.text = cleaned
    assert ET.fromstring(ET.tostring(element)).text in (cleaned, cleaned.replace("\r", "\n"), None)


def test_a_hostile_result_is_text_alone() -> None:
    root = ET.fromstring(junit.render(hostile_result()))
    assert "script" not in {element.tag for element in root.iter()}
