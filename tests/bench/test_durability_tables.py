"""The tables of the documents that compare Outlast with its peers are those of the newest full run of the bench."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.durability.readme import TABLES, tables_of

REPOSITORY = Path(__file__).resolve().parent.parent.parent
RESULTS: dict[str, Any] = json.loads((REPOSITORY / "bench" / "results" / "durability.json").read_text())


@pytest.mark.skipif(RESULTS["quick"], reason="the figures of a quick run belong in no document")
@pytest.mark.parametrize("path", TABLES)
def test_a_document_has_the_figures_of_the_newest_full_run(path: str) -> None:
    text = (REPOSITORY / path).read_text()
    tables = [table for of, table in tables_of(RESULTS) if of == path]
    assert tables
    for table in tables:
        for block in table.split("\n\n"):
            assert block in text, f"Put this into {path}, from `python -m bench.durability --table`:\n{block}"


KILLED = {"repeated": 1.25, "redone": 0.0, "redone_old": 0.0, "wrong": 0, "failed": 0, "kills": 8}
STEP = {"ms_a_step_over_heartbeats": 1.5}
COST = {"ms": 1.25, "cpu_ms": 0.96}
SENT = {"steps": 20, "call_seconds": 0.5, "seconds": 10.0, "actions": 42, "sent_bytes": 81920, "stored_bytes": 20480}


def document(**parts: Any) -> dict[str, Any]:
    return {"quick": False, **parts}


def only_table(path: str, results: dict[str, Any]) -> list[str]:
    (table,) = (table for of, table in tables_of(results) if of == path)
    return table.splitlines()


def test_the_table_of_kills_says_what_was_wrong_failed_or_cannot_run() -> None:
    shapes = {
        shape: dict.fromkeys(("outlast", "sqlite", "activity a node", "dbos", "heartbeats only"), KILLED)
        for shape in ("linear", "fan-out", "agent")
    }
    shapes["agent"] |= {
        "activity a node": {"cannot": "closures"},
        "dbos": KILLED | {"wrong": 3, "redone": 0.25},
        "sqlite": KILLED | {"failed": 1, "kills": 7},
    }
    lines = only_table("docs/benchmarks.md", document(kills=shapes))
    assert lines[0] == "| | 2 calls per node | fan-out, 3 calls per node | an agent | a database of its own |"
    assert lines[2] == "| **Outlast** | 1.3 (0) | 1.3 (0) | 1.3 (0) | none |"
    assert lines[3].endswith("| 1.3 (0), 1 of 8 failed | yes |")
    assert lines[4].endswith("| cannot run | none |")
    assert lines[5].endswith("| 1.3 (0.3), 3 of 8 results wrong | yes |")


def test_the_tables_of_conversations_have_a_column_for_each_size_and_only_the_peers_of_their_graph() -> None:
    peers = {"bare": COST, "outlast": COST, "dbos": COST}
    results = document(
        messages={
            "messages": {"10": peers, "1000": peers | {"dbos": {"cannot": "too large"}}},
            "deep agent": {"10": {"bare": COST, "activity a call": COST}},
        }
    )
    lines = only_table("docs/choosing.md", results)
    assert only_table("durable/README.md", results) == [
        line.replace("langgraph-heartbeat", "this") for line in lines[:5]
    ]
    assert lines == [
        "| ms a step of an agent (CPU ms) | 10 messages | 1,000 messages |",
        "|---|---|---|",
        "| without checkpoints, in all | 1.3 (1.0) | 1.3 (1.0) |",
        "| **langgraph-heartbeat** | 1.3 (1.0) | 1.3 (1.0) |",
        "| DBOS | 1.3 (1.0) | cannot run |",
        "",
        "| ms a step of a deep agent (CPU ms) | 10 messages |",
        "|---|---|",
        "| without checkpoints, in all | 1.3 (1.0) |",
        "| one activity per call (temporalio-deepagents) | 1.3 (1.0) |",
    ]


def test_the_table_of_what_is_sent_names_the_length_of_the_run() -> None:
    row = {"graph": "messages", "messages": 100, **SENT}
    results = document(sent=[{"peer": "outlast", **row}, {"peer": "sqlite", **row, "sent_bytes": None}])
    lines = only_table("docs/choosing.md", results)
    assert lines[0] == "| Actions of a run, KB a second (20 calls of 0.5 s) | an agent, 100 messages |"
    assert lines[2] == "| **langgraph-heartbeat** | 42, 10 |"
    assert lines[3] == "| **langgraph-heartbeat**, `interval=timedelta(seconds=1)` | - |"
    assert lines[4].endswith("| 42, - |")


def test_the_table_of_steps_compares_with_sqlite() -> None:
    peers = {"outlast": STEP, "sqlite": {"ms_a_step_over_heartbeats": 2.0}}
    loads = ("1 call, 1 KB", "1 call, 5 KB", "2 calls, 1 KB")
    lines = only_table("docs/durable-graphs.md", document(steps=dict.fromkeys(loads, peers)))
    assert lines[0] == "| 50 nodes | SQLite checkpoints in the same activity | Outlast | times |"
    assert lines[2] == "| 1 call, 1 KB a node | 2.0 ms | 1.5 ms | 0.75 |"


def test_the_table_of_costs_has_every_peer_that_was_measured() -> None:
    peers = {"outlast": STEP, "sqlite": STEP, "dbos": {"ms_a_step_over_heartbeats": 12.34}}
    loads = ("1 call, 1 KB", "1 call, 5 KB", "2 calls, 1 KB")
    lines = only_table("docs/choosing.md", document(steps=dict.fromkeys(loads, peers)))
    assert lines == [
        "| ms a step, 50 nodes | 1 call, 1 KB a node | 1 call, 5 KB a node | 2 calls, 1 KB a node |",
        "|---|---|---|---|",
        "| **langgraph-heartbeat** | 1.5 | 1.5 | 1.5 |",
        "| graph in an activity, LangGraph's SQLite checkpoints | 1.5 | 1.5 | 1.5 |",
        "| DBOS | 12.3 | 12.3 | 12.3 |",
    ]


def test_the_table_of_histories_says_which_run_was_ended_and_what_a_database_holds() -> None:
    ours = {"peer": "outlast", "events": 11, "history_bytes": 1167, "own_bytes": 0, "outcome": "COMPLETED"}
    theirs = ours | {"peer": "activity a node", "events": 1908, "history_bytes": 52579858, "outcome": "exceeds"}
    rows = [each | {"nodes": 500} for each in (ours, theirs, {"peer": "dbos", "own_bytes": 1298432})]
    lines = only_table("docs/choosing.md", document(history=rows))
    assert lines[0] == "| | 500 nodes |"
    assert lines[2] == "| **langgraph-heartbeat** | 11 events, 1.1 KB |"
    assert "| one activity per node (temporalio-langgraph) | ended at 1,908 events, 50.1 MB |" in lines
    assert lines[-1] == "| DBOS | 1.2 MB of database |"


def test_results_without_a_part_make_no_table_of_it() -> None:
    assert list(tables_of(document())) == []
