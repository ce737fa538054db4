from langgraph_heartbeat._heartbeats import Progress


def test_what_happened_is_shown_without_what_a_browser_would_obey() -> None:
    progress = Progress("plan", 2)
    progress.happened("started afresh: the checkpoint cannot be used, 'a\x1b[31m\u202e\u2066b'")
    assert progress.shown()["last"] == "started afresh: the checkpoint cannot be used, 'a?[31m??b'"
