"""What the models of the ten graphs say: who speaks is told by the instructions, and what it says by its turn."""

import json
from collections.abc import Callable, Sequence

from bench.served.conversation import Conversation, Said, ToolCall, text_of

Speaking = Callable[[Conversation, int], Said]
"""Returns what a speaker says at its turn of this number."""


def script(conversation: Conversation) -> tuple[str, Said]:
    """Return the speaker's name and what it says; raise `ValueError` if nobody is asked, or a tool is not there."""
    found = [(mark, name) for mark, name in MARKS.items() if mark in conversation.instructions]
    if len(found) != 1:
        raise ValueError(f"{len(found)} speakers are meant by the instructions {conversation.instructions[:200]!r}.")
    name = found[0][1]
    said = SPEAKERS[name](conversation, conversation.turn_of(name))
    if missing := {tool for tool, _ in said.tools} - conversation.tools:
        raise ValueError(f"{name} calls {', '.join(missing)}, and has {', '.join(sorted(conversation.tools))}.")
    return name, said


def sum_up(conversation: Conversation) -> Said:
    """Say what all tools have said, so that a lost result of a tool is missing from the answer."""
    results = [text_of(message) for message in conversation.messages if message["role"] == "tool"]
    return Said("In short: " + " ".join(results))


def calling(*rounds: Sequence[ToolCall]) -> Speaking:
    """Call the tools of each round at once, and sum up after the last round."""

    def speak(conversation: Conversation, turn: int) -> Said:
        return Said(tools=rounds[turn]) if turn < len(rounds) else sum_up(conversation)

    return speak


def saying(value: object) -> Speaking:
    text = value if isinstance(value, str) else json.dumps(value)
    return lambda _, __: Said(text)


def research(conversation: Conversation, turn: int) -> Said:
    """Search for what is asked, so that the searches of two researchers differ."""
    topic = conversation.question
    rounds = [
        [("search_web", {"query": f"{topic} in books"}), ("search_web", {"query": f"{topic} on maps"})],
        [("search_web", {"query": f"{topic} in letters"})],
    ]
    return calling(*rounds)(conversation, turn)


STEPS = ("Find the ferry", "Find a bed", "Find a guide")


def execute(conversation: Conversation, turn: int) -> Said:
    step = next(step for step in STEPS if f", {step}, " in conversation.question)
    rounds = [[("search_web", {"query": f"{step} today"}), ("get_weather", {"city": f"the place of {step}"})]]
    return calling(*rounds)(conversation, turn)


def replan(conversation: Conversation, _: int) -> Said:
    """Leave out the first step that is done, or answer if none is left."""
    done = conversation.instructions.partition("The steps that are done:")[2]
    left = [step for step in STEPS if step not in done]
    action = {"steps": left} if left else {"response": f"This is your trip: {done.strip()}"}
    return Said(json.dumps({"action": action}))


def write_drafts(_: Conversation, turn: int) -> Said:
    return Said(f"Draft {turn + 1} of an essay about the lighthouse.")


def criticise(_: Conversation, turn: int) -> Said:
    return Said(f"Critique {turn + 1}: it needs more light.")


def joke(conversation: Conversation, _: int) -> Said:
    subject = conversation.question.removeprefix("Make a joke about ").removesuffix(".")
    return Said(json.dumps({"joke": f"Two {subject} meet at sea. One says nothing."}))


MARKS = {
    "You are a travel assistant.": "traveller",
    "You are a supervisor of": "supervisor",
    "You are a researcher. You do no calculations.": "finder",
    "You are a mathematician.": "mathematician",
    "You are Alice": "alice",
    "You are Bob": "bob",
    "You are an editor.": "editor",
    "You are a thorough researcher": "researcher",
    "You are a planner.": "planner",
    "You are an executor": "executor",
    "You are a replanner.": "replanner",
    "You are an essayist.": "essayist",
    "You are a teacher": "teacher",
    "List subjects that": "lister",
    "Make a joke about": "joker",
    "Select the best joke": "judge",
    "You are a friend who remembers.": "friend",
    "You are a secretary.": "secretary",
    "Write an essay about the weather": "writer",
    "Improve an essay": "improver",
}
SPEAKERS: dict[str, Speaking] = {
    "traveller": calling(
        [("get_weather", {"city": "Oslo"}), ("search_web", {"query": "rain coats"})],
        [("search_web", {"query": "opening hours"})],
        [("get_weather", {"city": "Grey Point"}), ("search_web", {"query": "what to pack"})],
    ),
    "supervisor": calling([("transfer_to_research_expert", {})], [("transfer_to_math_expert", {})]),
    "finder": calling(
        [("search_web", {"query": "steps of the old tower"}), ("search_web", {"query": "steps of the new tower"})]
    ),
    "mathematician": calling([("add", {"a": 198, "b": 216})], [("multiply", {"a": 414, "b": 2})]),
    "alice": calling(
        [("transfer_to_bob", {})],
        [("add", {"a": 14, "b": 16})],
        [("add", {"a": 30, "b": 1})],
    ),
    "bob": calling(
        [("get_weather", {"city": "Oslo"}), ("get_weather", {"city": "Bergen"})],
        [("search_web", {"query": "how warm the sea is"})],
        [("transfer_to_alice", {})],
    ),
    "editor": calling(
        [("write_todos", {"todos": [{"content": "Have it researched", "status": "in_progress"}]})],
        [
            ("task", {"description": f"Find out about the {part}", "subagent_type": "researcher"})
            for part in ("tower", "lamp")
        ],
        [("write_file", {"file_path": "/report.md", "content": "The tower is white."})],
        [("search_web", {"query": "who else has written"}), ("read_file", {"file_path": "/report.md"})],
    ),
    "researcher": research,
    "planner": saying({"steps": STEPS}),
    "executor": execute,
    "replanner": replan,
    "essayist": write_drafts,
    "teacher": criticise,
    "lister": saying({"subjects": ["gulls", "sailors", "whales", "lamps", "crabs", "nets"]}),
    "joker": joke,
    "judge": saying({"id": 2}),
    "friend": calling(
        [("save_memory", {"content": "is called Ada"}), ("save_memory", {"content": "collects maps"})],
        [("recall_memories", {"topic": "hobbies"})],
        [("save_memory", {"content": "lives in the harbour"})],
        [("recall_memories", {"topic": "everything"})],
    ),
    "secretary": calling(
        [("search_web", {"query": "address of the keeper"}), ("search_web", {"query": "address of the pilot"})],
        [
            ("send_email", {"to": "keeper@example.org", "subject": "Dinner"}),
            ("send_email", {"to": "pilot@example.org", "subject": "Dinner"}),
        ],
        [("send_email", {"to": "press@example.org", "subject": "A dinner"})],
    ),
    "writer": saying("An essay about the weather, which is windy."),
    "improver": saying("A short essay."),
}
