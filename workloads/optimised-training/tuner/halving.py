"""Successive halving (Jamieson and Talwalkar, AISTATS 2016) over settings that Optuna proposes.

Optuna's own pruner halves asynchronously: with one session at a time the first trials meet no competitors and go on to
the end, whatever they are. Here a bracket of trials is asked for at once, all play a short session, and only the best
third goes on to a longer one. Optuna sees every time, those of trials that were cut included, and proposes the next
bracket from them.

The first bracket is no proposal of Optuna's, which would begin at random: each value plays alone beside the defaults,
then the best of each play together. Most of what settings do, each does whatever the others are.
"""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from space import Settings, Space, alone, together
from trials import Outcome

KEPT = 3
"""One of so many goes on to the next rung."""
STALE_BRACKETS = 3
"""Brackets in a row that bring nothing new, after which the space counts as searched."""

OPENED = "opened"
"""Attribute of a study whose first bracket was played to its end."""

ASKED_AGAIN = 4
"""Proposals for each place of a bracket, at most, while they repeat what was tried."""

Key = frozenset[tuple[str, object]]
"""Settings, to be told apart by."""

Measure = Callable[[Settings, int, int, int], tuple[Outcome, bool]]
"""Plays settings for so many steps, as the trial of a number in a bracket; says, too, whether it was played before."""


def open_study(path: Path, seed: int) -> optuna.Study:
    """Open the study in a journal file, or begin it."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `constant_liar` and journals are called experimental.
        storage = JournalStorage(JournalFileBackend(str(path)))
        study = optuna.create_study(study_name="tuning", storage=storage, load_if_exists=True)
        played = len(study.get_trials(deepcopy=False))
        study.sampler = optuna.samplers.TPESampler(
            # Another seed for each start, or a resumed search would propose what it did before.
            seed=seed + played,
            n_startup_trials=KEPT**2,
            multivariate=True,
            constant_liar=True,
        )
    return study


def cut_short(study: optuna.Study, space: Space) -> list[Settings]:
    """List the settings of trials that an earlier start began and did not end, and end them as failed."""
    found = []
    for trial in study.get_trials(states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
        if set(trial.params) == set(space.choices):
            found.append(trial.params)
    return found


def ask(study: optuna.Study, space: Space, settings: Settings | None = None) -> optuna.Trial:
    """Ask for these settings, or for the next ones."""
    if settings is not None:
        study.enqueue_trial(dict(settings))
    trial = study.ask()
    for name, values in space.choices.items():
        trial.suggest_categorical(name, list(values))
    return trial


def key_of(settings: Settings) -> Key:
    """Return what settings are told apart by."""
    return frozenset(settings.items())


def propose(study: optuna.Study, space: Space, count: int, tried: set[Key]) -> list[optuna.Trial]:
    """Ask until so many proposals are new; those that are not meet the new ones with the times that they had."""
    found: list[optuna.Trial] = []
    new: set[Key] = set()
    while len(new) < count and len(found) < count * ASKED_AGAIN:
        found.append(ask(study, space))
        new |= {key_of(found[-1].params)} - tried
    return found


def opening(study: optuna.Study, space: Space, time_of: Callable[[Settings], float]) -> Iterator[optuna.Trial]:
    """Ask for each value alone, and when those were played for the best of each together."""
    singles = alone(space)
    for settings in singles:
        yield ask(study, space, settings)
    best = together(space, time_of)
    if best not in singles:
        yield ask(study, space, best)


def play_bracket(
    study: optuna.Study,
    rungs: Sequence[int],
    trials: Iterable[optuna.Trial],
    measure: Callable[[optuna.Trial, int], Outcome],
    over: Callable[[], bool],
) -> None:
    """Play one bracket, or as much of it as there is time for: the next start takes up what was cut short."""
    alive = trials
    for level, steps in enumerate(rungs):
        scored: list[tuple[float, optuna.Trial]] = []
        for trial in alive:
            if over():
                return
            outcome = measure(trial, steps)
            if outcome.seconds_per_image is None:
                study.tell(trial, state=TrialState.FAIL)
            else:
                trial.report(outcome.seconds_per_image, steps)
                scored.append((outcome.seconds_per_image, trial))
        scored.sort(key=lambda pair: pair[0])
        if level == len(rungs) - 1:
            for value, trial in scored:
                study.tell(trial, value)
            return
        # The best third of the places; settings that were proposed twice have one.
        places = KEPT ** (len(rungs) - 2 - level)
        best: dict[Key, optuna.Trial] = {}
        for _, trial in scored:
            if len(best) < places and key_of(trial.params) not in best:
                best[key_of(trial.params)] = trial
            else:
                study.tell(trial, state=TrialState.PRUNED)
        alive = list(best.values())


def search(
    study: optuna.Study, space: Space, rungs: Sequence[int], measure: Measure, over: Callable[[], bool]
) -> dict[str, Any]:
    """Play brackets until the time is over or nothing new is proposed; return how far it came."""
    bracket, stale, new = 0, 0, 0
    tried: set[Key] = set()
    first: dict[Key, float] = {}
    unfinished = cut_short(study, space)

    def counted(trial: optuna.Trial, steps: int) -> Outcome:
        nonlocal new
        outcome, repeated = measure(trial.params, steps, trial.number, bracket)
        tried.add(key_of(trial.params))
        if steps == rungs[0]:
            first[key_of(trial.params)] = outcome.seconds_per_image or math.inf
        new += 0 if repeated else 1
        return outcome

    if OPENED not in study.user_attrs:
        play_bracket(study, rungs, opening(study, space, lambda one: first.get(key_of(one), math.inf)), counted, over)
        bracket += 1
        if not over():
            study.set_user_attr(OPENED, value=True)
    for settings in unfinished:
        study.enqueue_trial(settings)
    while not over() and stale < STALE_BRACKETS and len(tried) < space.size:
        new = 0
        play_bracket(study, rungs, propose(study, space, KEPT ** (len(rungs) - 1), tried), counted, over)
        stale = 0 if new > 0 else stale + 1
        bracket += 1
    return {"brackets": bracket, "tried": len(tried), "size": space.size, "outOfTime": over()}
