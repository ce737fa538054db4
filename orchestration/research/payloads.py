"""How values become payloads: pydantic models as JSON, the same in client, worker, replayer and tests."""

from temporalio.contrib.pydantic import pydantic_data_converter

DATA_CONVERTER = pydantic_data_converter
