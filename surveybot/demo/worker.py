"""The demo's worker: as any other, but where somebody asked for three years at once, it lives them."""

import logging
from dataclasses import dataclass, replace

from surveybot.demo.progress import is_under_way
from surveybot.demo.time_lapse import prepare
from surveybot.records import database
from surveybot.worker import Worker

log = logging.getLogger("surveybot.demo")
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # a long tick is no surprise here


@dataclass
class DemoWorker(Worker):
    """One process and one clock: while the years are lived, nothing else ticks."""

    def tick_safely(self) -> None:
        with database.reading(self.engine) as session:
            asked = is_under_way(session)
        if asked:
            self._live()
        else:
            super().tick_safely()

    def _live(self) -> None:
        """With the contact window on, as a school has it. What fails here is tried again a moment later."""
        own = replace(self, settings=replace(self.settings, demo=False))
        try:
            with database.reading(self.engine) as session:
                lapse = prepare(session, own, now=self.clock())
            own.clock = lambda: lapse.now
            if lapse.live():
                log.info("three years are lived")
        except Exception:
            log.exception("the years stopped at %s, and go on from there", self.clock())
