"""What may change while the desk runs: the rules, the working times and the model. Each is replaced whole."""

from threading import Lock

from threadpoolctl import threadpool_limits

from nlp import artifacts
from nlp.tagger import Tagger
from service import replies, rulefile, sla
from service.batching import Batcher
from service.settings import Settings

#: The first comment pays for tables that are read when first used; it need not be a customer's.
_WARM_UP = "سلام، سفارشم هنوز نرسیده است"


class Live:
    """The rules, working times and model in force; a request sees the old ones or the new ones, never a mixture."""

    def __init__(self, settings: Settings, tagger: Tagger | None = None) -> None:
        self._settings = settings
        # its products are small: more threads would spend their time on waiting for each other
        threadpool_limits(1)
        self._lock = Lock()
        self.calendars = sla.load(settings.calendar)
        self.rules = rulefile.load(settings.rules, self.calendars.policies)
        self.replies = replies.load()
        self._serve(tagger or Tagger.load(settings.models))
        self._folder = self.model_version  # what CURRENT named when the model was loaded

    def reload(self) -> None:
        """Read rules and working times again; when a file is wrong, the error says where and the old ones stay."""
        with self._lock:
            calendars = sla.load(self._settings.calendar)
            rules = rulefile.load(self._settings.rules, calendars.policies)
            self.rules, self.calendars = rules, calendars

    def follow_current(self) -> bool:
        """Load the model that `models/CURRENT` names unless it is the one in force; tell whether it changed.

        Another process may have promoted it. The old model stays when the new one is not sound.
        """
        with self._lock:
            folder = artifacts.current(self._settings.models)
            if folder.name == self._folder:
                return False
            old = self.tagger
            self._serve(Tagger(artifacts.load(folder)))
            self._folder = folder.name
        old.close()
        return True

    def close(self) -> None:
        """Let the running predictions finish."""
        self.tagger.close()

    def _serve(self, tagger: Tagger) -> None:
        tagger.tag(_WARM_UP)
        self.model_version = tagger.model.version
        self.tagger = Batcher(
            tagger, capacity=self._settings.analyze_queue, together=self._settings.analyze_batch
        )
