"""`riskwatch check-config`: every problem of every file of the config folder, and of every template."""

import re
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from riskwatch.adapters.letters import check_templates
from riskwatch.entrypoints.configured import load_folder
from riskwatch.entrypoints.console import Console
from riskwatch.settings import service_file
from riskwatch.settings.problems import Problem, Severity
from riskwatch.settings.service_file import ServiceTable
from riskwatch.settings.shipped import shipped
from riskwatch.settings.toml_file import TomlFile
from riskwatch.settings.urls import absolute

_TEMPLATE_PROBLEM = re.compile(r"(?P<file>.*?):(?P<line>\d+): (?P<key>[^:]+): (?P<message>.*)", re.DOTALL)


def run(arguments: Namespace, console: Console) -> int:
    """List the problems; exit 2 where one is an error, with --strict 1 where one needs a person."""
    loaded = load_folder(arguments)
    problems = [*loaded.problems, *_template_problems(_templates(arguments.config))]
    for problem in problems:
        if arguments.json:
            console.json(asdict(problem))
        else:
            console.err(problem)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    findings = len(problems) - errors
    if not arguments.json:
        console.out(_verdict(arguments.config, errors, findings))
    if errors:
        return 2
    return 1 if findings and arguments.strict else 0


def _templates(folder: Path) -> Path:
    """Return the folder of the templates: known even where the rest of the configuration cannot be used."""
    path = folder / service_file.NAME
    written = TomlFile(path, str(path), optional=True).read(ServiceTable).letters.templates
    return absolute(written, folder) if written else shipped("templates")


def _template_problems(folder: Path) -> Iterable[Problem]:
    """Yield the templates' problems. Each is an error, although a letter would go out in the built-in wording."""
    for text in check_templates(folder):
        said = _TEMPLATE_PROBLEM.fullmatch(text)
        if said is None:
            yield Problem(str(folder), 1, "template", text)
        else:
            yield Problem(said["file"], int(said["line"]), said["key"], said["message"])


def _verdict(folder: Path, errors: int, findings: int) -> str:
    if not errors and not findings:
        return f"{folder}: in order"
    parts = [_count(errors, "error"), _count(findings, "finding")]
    usable = "cannot be used" if errors else "can be used"
    return f"{folder}: {', '.join(part for part in parts if part)}; {usable}"


def _count(number: int, noun: str) -> str:
    return "" if number == 0 else f"{number} {noun}{'' if number == 1 else 's'}"
