"""Searches the settings of a training: `python tune.py REQUEST.json`; events on standard output, as JSON lines.

A part of the time goes to the search, the rest to the proof: the best settings, the defaults, and the best with the
graph compiler the other way play in turn, in an order that is drawn anew for each round. The search picks the luckiest
of many, so its own times flatter; those of the proof do not.
"""

import json
import random
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from halving import open_study, search
from space import Settings, SpaceError, Value, every, flipped, given, space
from trials import ENDINGS, Interruption, Journal, Outcome, Program, play

PROOF_SHARE = 0.4
"""Share of the time that is kept for the proof, at least."""
FEWEST_ROUNDS, MOST_ROUNDS = 3, 20
"""Rounds of the proof; an interval needs three."""


class TuningError(Exception):
    """Nothing can be tuned."""


def say(event: str, **fields: Any) -> None:
    """Print an event."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Tuner:
    """One call of the program."""

    def __init__(self, request: Mapping[str, Any], interruption: Interruption) -> None:
        """Take the request; opens nothing."""
        self.request = request
        self.interruption = interruption
        self.folder = Path(request["folder"])
        mallocs = {name: Path(path) for name, path in request["mallocs"].items()}
        self.space = space(request["framework"], request["model"], request["cpus"], tuple(mallocs), request["fixed"])
        self.rungs: list[int] = request["rungs"]
        self.seconds: float = 60.0 * request["minutes"]
        self.began = time.monotonic()
        self.program = Program(request["command"], request["variables"], mallocs, self.folder, request["limitSec"])
        asked: int | None = request.get("rounds")
        self.rounds = (FEWEST_ROUNDS, MOST_ROUNDS) if asked is None else (asked, asked)
        self.journal = Journal(self.folder / "sessions.jsonl")
        self.number = len(self.journal.outcomes)
        self.facts: dict[str, Any] = {}

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - (time.monotonic() - self.began)

    def session(self, settings: Settings, steps: int) -> Outcome:
        """Play a session."""
        self.number += 1
        with self.interruption.ends():
            outcome = play(self.program, settings, steps, f"session-{self.number:04d}")
        self.facts = outcome.facts or self.facts
        return outcome

    def said(self, outcome: Outcome, **about: Any) -> None:
        """Say what became of a session."""
        say(
            "session",
            settings=outcome.settings,
            steps=outcome.steps,
            secondsPerImage=outcome.seconds_per_image,
            wallSec=outcome.wall,
            reason=outcome.reason,
            leftSec=self.left,
            **about,
        )

    def measure(self, settings: Settings, steps: int, number: int, bracket: int) -> tuple[Outcome, bool]:
        """Play a session of the search, unless it was played before."""
        about = {"phase": "search", "trial": number, "bracket": bracket}
        known = self.journal.find(settings, steps)
        if known is not None:
            self.said(known, repeated=True, **about)
            return known, True
        outcome = self.session(settings, steps)
        self.journal.add(outcome)
        self.said(outcome, repeated=False, **about)
        if outcome.reason is not None and dict(settings) == dict(self.space.defaults):
            raise TuningError(f"the defaults do not train: {outcome.reason}")
        return outcome, False

    def over(self) -> bool:
        """Whether the time for the search is over: the proof needs its share, and time for its fewest rounds."""
        walls = [outcome.wall for outcome in self.journal.outcomes if outcome.reason is None]
        sides = 2 if len(self.space.choices["compiler"]) == 1 else 3
        rounds = self.rounds[0] * sides * max(walls, default=0.0)
        if self.rounds[0] == self.rounds[1]:
            return self.left < rounds
        return self.left < max(PROOF_SHARE * self.seconds, min(rounds, 0.5 * self.seconds))

    def exhaust(self) -> dict[str, Any]:
        """Play all settings there are for the most steps, in an order that is drawn; return how far it came."""
        for number, settings in enumerate(every(self.space, random.Random(self.request["seed"]))):
            self.measure(settings, self.rungs[-1], number, 0)
        return {"brackets": 0, "tried": self.space.size, "size": self.space.size, "outOfTime": False}

    def sides(self, best: Settings) -> dict[str, dict[str, Value]]:
        """Name what the proof plays: the best, the defaults, and the best with the compiler the other way."""
        sides = {"best": dict(best)}
        if dict(best) != dict(self.space.defaults):
            sides["defaults"] = dict(self.space.defaults)
        other = flipped(best, self.space.choices)
        if other is not None:
            sides["compilerFlipped"] = dict(other)
        return sides

    def proof(self, sides: Mapping[str, Settings]) -> list[dict[str, float]]:
        """Play the sides in turn; return seconds per image by name, by round."""
        # The defaults may be what is left when the compiler is switched: one session is both.
        names = [name for name in sides if name != "compilerFlipped" or sides.get("defaults") != sides[name]]
        order = random.Random(self.request["seed"])
        rounds: list[dict[str, float]] = []
        longest = 0.0
        failed: set[str] = set()
        fewest, most = self.rounds
        while len(rounds) < most and (len(rounds) < fewest or self.left > longest):
            began, found = time.monotonic(), dict[str, float]()
            for name in order.sample(names, len(names)):
                if name in failed:
                    continue
                outcome = self.session(sides[name], self.rungs[-1])
                self.said(outcome, phase="proof", side=name, round=len(rounds))
                if outcome.seconds_per_image is None:
                    failed.add(name)
                else:
                    found[name] = outcome.seconds_per_image
            if "defaults" in found and sides.get("compilerFlipped") == sides["defaults"]:
                found["compilerFlipped"] = found["defaults"]
            if "best" not in found:
                raise TuningError("the best settings do not train any more; see the logs of the sessions")
            rounds.append(found)
            longest = max(longest, time.monotonic() - began)
        return rounds

    def run(self) -> None:
        """Search, prove, and say the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        choices = {name: list(values) for name, values in self.space.choices.items()}
        say("space", choices=choices, defaults=dict(self.space.defaults), size=self.space.size)
        best, reached = self.found()
        rounds = self.proof(self.request.get("rivals") or self.sides(best))
        say(
            "end",
            best=dict(best),
            defaults=dict(self.space.defaults),
            standing=dict(self.space.standing),
            compilerFlipped=flipped(best, self.space.choices),
            given=given(best, self.program.mallocs),
            rounds=rounds,
            facts=self.facts,
            **reached,
        )

    def found(self) -> tuple[Settings, dict[str, Any]]:
        """Search, or play all, or take what is named; return the best and how far it came."""
        rivals: Mapping[str, Settings] | None = self.request.get("rivals")
        if rivals is not None:
            return rivals["best"], {"brackets": 0, "tried": 0, "size": self.space.size, "outOfTime": False}
        if self.request.get("exhaustive", False):
            reached = self.exhaust()
        else:
            study = open_study(self.folder / "study.log", self.request["seed"])
            reached = search(study, self.space, self.rungs, self.measure, self.over)
        best = self.journal.best()
        if best is None:
            raise TuningError("no session ended within the time; give more minutes")
        return best.settings, reached


def main() -> int:
    """Tune; return 0, 1 where nothing can be tuned, 130 when interrupted."""
    interruption = Interruption()
    for number in ENDINGS:
        signal.signal(number, interruption)
    try:
        Tuner(json.loads(Path(sys.argv[1]).read_text()), interruption).run()
    except (SpaceError, TuningError) as error:
        say("error", message=str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
