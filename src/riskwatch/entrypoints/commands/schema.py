"""`riskwatch schema`: a JSON Schema for each config file, for editors."""

import json
from argparse import Namespace
from pathlib import Path

from riskwatch.entrypoints.console import Console, Refused
from riskwatch.settings.schema import FILES, schema_name, schema_of


def run(arguments: Namespace, console: Console) -> int:
    """Print the schema of one file, or of all by the file's name; or write each, over what an older riskwatch wrote."""
    files = list(FILES) if arguments.file is None else [arguments.file]
    if arguments.out is not None:
        for file in files:
            console.out(str(_write(arguments.out, file)))
    elif arguments.file is not None:
        console.out(text_of(schema_of(arguments.file)))
    else:
        console.out(text_of({file: schema_of(file) for file in files}))
    return 0


def text_of(schema: object) -> str:
    """Return a schema as it stands in a file, less the last line's end."""
    return json.dumps(schema, indent=2, ensure_ascii=False)


def _write(folder: Path, file: str) -> Path:
    path: Path = folder / schema_name(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text_of(schema_of(file))}\n", encoding="utf-8")
    except OSError as error:
        raise Refused([f"{path}: cannot be written: {error.strerror}"]) from None
    return path
