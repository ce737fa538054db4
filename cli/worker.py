"""`outlast worker`: a worker in the foreground; with `--json` its log is for programs."""

import json
import logging
import sys
from datetime import UTC, datetime

from outlast.worker import main


class JsonLogFormatter(logging.Formatter):
    """A record a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields)


def run_worker(*, as_json: bool) -> None:
    if as_json:  # the worker's own basicConfig then finds a root logger that is set up
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonLogFormatter())
        logging.basicConfig(level=logging.INFO, handlers=[handler])
    main()
