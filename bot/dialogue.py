"""The Rasa agent in this process, its actions run in this process too.

To the rest of the assistant, `Dialogue.respond` is a function: what was remembered and what was said go in, replies
and what is to be remembered come out. Nothing is kept between calls, so any process can take the next message.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")

import rasa.shared.utils.common
import yaml
from rasa.core.actions.action import RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import TrackerStore
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor

from bot.messages import Reply
from knowledge.starter import load_starter

State = dict[str, Any]

# Rasa checks what an action server returns by a JSON schema, and the schema itself each time: 15 of 27 ms of a message.
# Our actions are in this process and typed.
RemoteAction._validate_action_result = lambda self, result: True
# It walks all event classes again for every event an action returns.
rasa.shared.utils.common.all_subclasses = cache(rasa.shared.utils.common.all_subclasses)

ROOT = Path(__file__).resolve().parent.parent
_SOURCES = (
    "config.yml",
    "bot/domain/*.yml",
    "bot/rules/*.yml",
    "nlu/examples/*.yml",
    "nlu/components/*.py",
    "nlu/*.py",
    "knowledge/data/*.yml",
)
_SESSION_START = ("action_session_start", "action_listen")


@dataclass(frozen=True, slots=True)
class Heard:
    """What language processing heard in a message, and what the rules did about it.

    `intents` are the classifier's, the most probable first, before the guard read an unsure one as a question.
    """

    intents: tuple[tuple[str, float], ...]
    entities: tuple[tuple[str, str], ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the dialogue made of one message: the replies, the intent it heard, and the state to remember."""

    replies: tuple[Reply, ...]
    intent: str
    state: State
    heard: Heard


class InProcessActions(EndpointConfig):  # type: ignore[misc]
    """Stands where Rasa expects an action server's address, and runs the action here instead."""

    def __init__(self, actions: Sequence[Action]) -> None:
        # A selective domain keeps Rasa from sending its whole domain along with every call.
        super().__init__(url="in-process", enable_selective_domain=True)
        self._executor = ActionExecutor()
        for action in actions:
            self._executor.register_action(action)

    async def request(self, *args: Any, json: dict[str, Any], **kwargs: Any) -> Any:
        """Run the action that the call names and return its events and responses."""
        return await self._executor.run(json)


class ReplyCollector(OutputChannel):  # type: ignore[misc]
    """Collects the replies of one message; every action of ours sends a whole `Reply` as `custom`."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    @classmethod
    def name(cls) -> str:
        """Return the name Rasa logs."""
        return "motcua"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one reply."""
        self.replies.append(Reply.from_json(message["custom"]))


class InOrderRunner:
    """Runs the nodes of Rasa's graph one after another, in an order found once for each set of targets.

    Rasa's own runner lets dask plan the same few nodes anew three times a message, a tenth of its time.
    """

    def __init__(self, runner: DaskGraphRunner) -> None:
        """Take over the loaded nodes of Rasa's runner."""
        self._schema, self._nodes = runner._graph_schema, runner._instantiated_nodes
        self._plans: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]] = {}

    def run(self, inputs: dict[str, Any], targets: list[str]) -> dict[str, Any]:
        """Return the results of the targets, by name."""
        wanted = tuple(targets)
        if wanted not in self._plans:
            self._plans[wanted] = self._plan(wanted, set(inputs))
        results = dict(inputs)
        for name, needs in self._plans[wanted]:
            _, results[name] = self._nodes[name](*((need, results[need]) for need in needs))
        return {name: results[name] for name in wanted}

    def _plan(self, wanted: tuple[str, ...], known: set[str]) -> list[tuple[str, tuple[str, ...]]]:
        nodes = self._schema.minimal_graph_schema(wanted).nodes
        left = {name: tuple(node.needs.values()) for name, node in nodes.items()}
        plan = []
        while left:
            name = next(name for name, needs in left.items() if known.issuperset(needs))
            plan.append((name, left.pop(name)))
            known.add(name)
        return plan


class TurnTrackerStore(TrackerStore):  # type: ignore[misc]
    """Holds the trackers of the messages being handled now: made from what was remembered, read out after.

    Rasa's own stores write every event of a conversation and read them all back for every message; what our rules need
    is the slots and the form under way, which the assistant writes with the turn in one transaction.
    """

    def __init__(self, domain: Domain | None = None) -> None:
        super().__init__(domain)
        self._states: dict[str, State] = {}
        self._trackers: dict[str, DialogueStateTracker] = {}

    def begin(self, conversation_id: str, state: State) -> None:
        """Remember the state that the next message of this conversation starts from."""
        self._states[conversation_id] = state

    def end(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the tracker after the message and forget the conversation."""
        self._states.pop(conversation_id, None)
        return self._trackers.pop(conversation_id, None)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker until `end`."""
        self._trackers[tracker.sender_id] = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker rebuilt from the remembered state."""
        if sender_id in self._trackers:
            return self._trackers[sender_id]
        return DialogueStateTracker.from_events(
            sender_id, remembered_events(self._states.get(sender_id, {})), self.domain.slots, domain=self.domain
        )


def remembered_events(state: State) -> list[Event]:
    """Return the few events from which Rasa's rules see the remembered state."""
    events: list[Event] = [ActionExecuted(name) for name in _SESSION_START]
    events += [SlotSet(name, value) for name, value in state.get("slots", {}).items()]
    if state.get("form"):
        events += [
            ActionExecuted(state["form"]),
            ActiveLoop(state["form"]),
            SlotSet("requested_slot", state.get("slots", {}).get("requested_slot")),
            ActionExecuted("action_listen"),
        ]
    return events


def state_of(tracker: DialogueStateTracker) -> State:
    """Return what is worth remembering of a tracker: slots that are set, and the form under way."""
    slots = {name: slot.value for name, slot in tracker.slots.items() if slot.value is not None}
    slots.pop("session_started_metadata", None)
    return {"slots": slots, "form": tracker.active_loop_name}


def heard_in(tracker: DialogueStateTracker) -> Heard:
    """Return what was heard in the latest message, and the actions it led to."""
    parsed: dict[str, Any] = (tracker.latest_message.parse_data if tracker.latest_message else None) or {}
    actions: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name not in (None, "action_listen"):
            actions.insert(0, event.action_name)
    return Heard(
        tuple((one["name"], float(one["confidence"])) for one in parsed.get("intent_ranking") or ()),
        tuple((one["entity"], str(one["value"])) for one in parsed.get("entities") or ()),
        tuple(actions),
    )


class Dialogue:
    """A trained Rasa model ready to answer; one instance serves all conversations of its event loop."""

    def __init__(self, model: Path, actions: Sequence[Action]) -> None:
        """Load the trained model. Raises rasa's ModelNotFound when there is none at this path."""
        configure_structlog(logging.ERROR)  # at DEBUG Rasa prints what citizens wrote
        logging.getLogger("rasa").setLevel(logging.WARNING)
        logging.getLogger("rasa_sdk").setLevel(logging.ERROR)  # it warns of every slot without a validator
        self._store = TurnTrackerStore()
        self._agent = Agent.load(
            model, tracker_store=self._store, lock_store=InMemoryLockStore(), action_endpoint=InProcessActions(actions)
        )
        # Rasa wraps a store in one that hides its faults and goes on in memory, where a restart would forget all.
        self._agent.tracker_store = self._store
        self._agent.processor.tracker_store = self._store
        self._agent.processor.graph_runner = InOrderRunner(self._agent.processor.graph_runner)

    async def respond(self, conversation_id: str, text: str, state: State, metadata: dict[str, Any]) -> Answer:
        """Return the replies to one message; messages of one conversation must be given one after another."""
        collector = ReplyCollector()
        self._store.begin(conversation_id, state)
        try:
            await self._agent.handle_message(
                UserMessage(text, collector, conversation_id, input_channel="motcua", metadata=metadata)
            )
        finally:
            tracker = self._store.end(conversation_id)
        if tracker is None:
            raise RuntimeError("Rasa did not save its tracker")
        intent = tracker.latest_message.intent.get("name") if tracker.latest_message else None
        return Answer(tuple(collector.replies), intent or "", state_of(tracker), heard_in(tracker))


def model_path(folder: Path) -> Path:
    """Return where the model for the present configuration, rules and examples belongs, trained or not."""
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for source in sorted(ROOT.glob(pattern)):
            digest.update(source.read_bytes())
    return folder / f"dialogue-{digest.hexdigest()[:16]}.tar.gz"


def train(model: Path) -> None:
    """Train Rasa's model from config.yml, bot/domain, bot/rules and nlu/examples (about 10 s). Raises RuntimeError.

    What people call the starter catalogue's procedures is added to the examples of `ask`.
    """
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(model.parent / "rasa-cache"))
    from rasa.model_training import train as rasa_train  # imports its plotting and testing parts: only when training

    model.parent.mkdir(parents=True, exist_ok=True)
    configure_structlog(logging.ERROR)
    told = io.StringIO()
    with (
        redirect_stdout(told),
        redirect_stderr(told),
        warnings.catch_warnings(),
        tempfile.TemporaryDirectory() as folder,
        # On the model's own disk: a model half written, by a crash or beside another process, would never load.
        tempfile.TemporaryDirectory(dir=model.parent, prefix=".training-") as output,
    ):
        warnings.simplefilter("ignore")  # Rasa's and TensorFlow's own
        result = rasa_train(
            domain=str(ROOT / "bot" / "domain"),
            config=str(ROOT / "config.yml"),
            training_files=[str(ROOT / "bot" / "rules"), str(ROOT / "nlu" / "examples"), str(_topics(Path(folder)))],
            output=output,
            fixed_model_name=model.name,
        )
        made = Path(output) / model.name
        if result.code == 0 and made.exists():
            made.replace(model)
    if result.code != 0 or not model.exists():
        raise RuntimeError(f"Rasa could not train the dialogue model (code {result.code}):\n{told.getvalue()[-2000:]}")


# How officials and forms put it: without these, long formal questions look like nothing in the examples.
_FORMAL = (
    "tôi muốn hỏi thành phần hồ sơ của thủ tục {} gồm những gì",
    "trường hợp nào thì phải thực hiện thủ tục {}",
    "đề nghị cho biết cơ quan có thẩm quyền giải quyết thủ tục {}",
    "công ty chúng tôi cần {} thì nộp hồ sơ ở đâu, thời hạn giải quyết bao lâu",
)


def _topics(folder: Path) -> Path:
    """Write what people call and ask of the starter catalogue's procedures as examples of `ask`."""
    examples: set[str] = set()
    for place, procedure in enumerate(load_starter()):
        name = procedure.name.lower()
        examples |= {name, *procedure.aliases, *procedure.questions, _FORMAL[place % len(_FORMAL)].format(name)}
    listed = "\n".join(f"- {' '.join(example.split())}" for example in sorted(examples))
    file = folder / "topics.yml"
    file.write_text(yaml.safe_dump({"version": "3.1", "nlu": [{"intent": "ask", "examples": listed}]}), "utf-8")
    return file
