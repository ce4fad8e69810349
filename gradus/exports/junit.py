"""JUnit XML of the family `xunit2`: one test case for each law.

JUnit counts tests and knows no points; they stand in the suite's properties. Valid under the
`junit-10.xsd` of Jenkins' xUnit plugin.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from gradus.exports.explained import explain_law, maximum_in_words
from gradus.reports import content
from gradus.results import Check, Result, Task, Verdict
from gradus.text import visible, visible_line

NOT_IN_XML = re.compile("[^\t\n\r -~\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(result: Result) -> str:
    """The text of a JUnit file.

    A law that does not hold is a failure and one whose code ended in an error is an error; what
    could not run or waits for a person is skipped. Advice and evidence never fail.
    """
    cases = [(_case(task, check)) for task in result.tasks for check in task.checks]
    seconds = sum(check.seconds for check in result.checks)
    suite = ET.Element(
        "testsuite",
        name="gradus",
        errors=str(_number(cases, "error")),
        failures=str(_number(cases, "failure")),
        skipped=str(_number(cases, "skipped")),
        tests=str(len(cases)),
        time=f"{seconds:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result).items():
        ET.SubElement(properties, "property", name=name, value=clean(value))
    suite.extend(cases)
    suites = ET.Element("testsuites", name="gradus")
    suites.append(suite)
    ET.indent(suites, " ")
    return ET.tostring(suites, encoding="unicode", xml_declaration=False) + "\n"


def clean(text: str) -> str:
    """`text` without the characters that XML cannot hold, which are written as ``#xNN``."""
    return NOT_IN_XML.sub(lambda match: f"#x{ord(match[0]):02X}", text)


def _properties(result: Result) -> dict[str, str]:
    score = result.score
    return {
        "submission": visible_line(result.submission.id),
        "points.earned": str(score.earned),
        "points.maximum": str(score.available),
        "points.pending": str(score.pending),
        "points.total": str(score.total),
        "points.says": maximum_in_words(result),
        "seed": str(result.harness.seed),
        "rubric_sha256": result.harness.rubric_sha256,
    }


def _case(task: Task, check: Check) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=clean(visible_line(check.piece)),
        name=clean(visible_line(check.id)),
        time=f"{check.seconds:.3f}",
    )
    standing = content.standing(check, task)
    if standing == "broken":
        _broken(case, check)
    elif standing == "waiting":
        reason = visible_line(check.message or "for a person to mark")
        ET.SubElement(case, "skipped", type="gradus.pending", message=clean(reason))
    elif standing in ("remark", "look here"):
        said = f"{content.STANDING_WORDS[standing]}\n{explain_law(check)}"
        ET.SubElement(case, "system-out").text = clean(said)
    return case


def _broken(case: ET.Element, check: Check) -> None:
    kinds = {Verdict.FAILED: "failure", Verdict.ERRORED: "error"}
    kind = kinds.get(check.verdict, "skipped")
    message = visible(check.message or content.VERDICT_WORDS[check.verdict]).partition("\n")[0]
    element = ET.SubElement(case, kind, type=f"gradus.{check.verdict}", message=clean(message))
    element.text = clean(explain_law(check))


def _number(cases: list[ET.Element], kind: str) -> int:
    return sum(case.find(kind) is not None for case in cases)
