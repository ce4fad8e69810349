"""Every call that may take longer than the usual, with its reason.

The usual limit is for a law's few rows. Each number stands at least five times above the slowest
honest code, which goes through every pixel of every image in a Python loop.
"""

from __future__ import annotations

from gradus.session import USUAL, Longer, Session

# A script trains six models, in 8 s of CPU time where `forward` and `backward` are such loops.
SCRIPT = Longer(cpu=20.0, wall=4.0)

# Three epochs on 1 280 images, in 3 s of CPU time.
SHORT_TRAINING = Longer(cpu=8.0, wall=4.0)

# Preprocessing all images of the binary task, in 10 s of CPU time.
ALL_IMAGES = Longer(cpu=30.0, wall=12.0)


def of_script(session: Session) -> Longer:
    """For a script; where a function is known to hang, a script that calls it hangs too."""
    return USUAL if session.has_hung else SCRIPT


def of_short_training(session: Session) -> Longer:
    """For a training of a few epochs; as for a script."""
    return USUAL if session.has_hung else SHORT_TRAINING
