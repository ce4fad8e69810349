"""The vocabulary of claims about logistic regression, tasks 2b to 2e."""

from __future__ import annotations

from checks.claimed import curves, ends, phrases, protocol
from checks.claimed.evidence import Measure
from gradus.claims.vocabulary import Entry, Kind

# Each entry beside what it is held against.
VOCABULARY: tuple[tuple[Entry, Measure], ...] = (
    (
        Entry(
            "2b.train-images",
            Kind.COUNT,
            "the number of training images of the digits 2 and 3",
            "4005",
            phrases=phrases.IMAGES["train"],
        ),
        lambda evidence: protocol.images(evidence, "task2", "train"),
    ),
    (
        Entry(
            "2b.validation-images",
            Kind.COUNT,
            "the number of validation images of the digits 2 and 3",
            "2042",
            phrases=phrases.IMAGES["validation"],
        ),
        lambda evidence: protocol.images(evidence, "task2", "validation"),
    ),
    (
        Entry(
            "2b.learning-rate",
            Kind.NUMBER,
            "the learning rate",
            "0.05",
            of_data=False,
            phrases=phrases.LEARNING_RATE,
        ),
        lambda evidence: protocol.setting(evidence, "task2", "learning_rate"),
    ),
    (
        Entry(
            "2b.batch-size",
            Kind.COUNT,
            "the number of images in a batch",
            "128",
            of_data=False,
            phrases=phrases.BATCH_SIZE,
        ),
        lambda evidence: protocol.setting(evidence, "task2", "batch_size"),
    ),
    (
        Entry(
            "2b.train-loss",
            Kind.NUMBER,
            "the training loss at the end",
            "0.0703",
            phrases=phrases.TRAIN_LOSS,
        ),
        lambda evidence: ends.train_loss(evidence, "binary", stopped=False),
    ),
    (
        Entry(
            "2b.validation-loss",
            Kind.NUMBER,
            "the validation loss at the end",
            "0.0673",
            phrases=phrases.VALIDATION_LOSS,
        ),
        lambda evidence: ends.final(evidence, "binary", "validation_loss", stopped=False),
    ),
    (
        Entry(
            "2c.train-accuracy",
            Kind.SHARE,
            "the training accuracy at the end",
            "0.9775",
            phrases=phrases.TRAIN_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "binary", "train_accuracy", stopped=False),
    ),
    (
        Entry(
            "2c.validation-accuracy",
            Kind.SHARE,
            "the validation accuracy at the end",
            "0.9785",
            phrases=phrases.VALIDATION_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "binary", "validation_accuracy", stopped=False),
    ),
    (
        Entry(
            "2d.stop-epoch",
            Kind.EPOCH,
            "the epoch in which early stopping ends the training without shuffle",
            "33",
            phrases=phrases.STOP_EPOCH,
        ),
        lambda evidence: ends.stop(evidence, "binary", "epoch"),
    ),
    (
        Entry(
            "2d.stop-step",
            Kind.STEP,
            "the step at which early stopping ends the training without shuffle",
            "1044",
            phrases=phrases.STOP_STEP,
        ),
        lambda evidence: ends.stop(evidence, "binary", "step"),
    ),
    (
        Entry(
            "2d.patience",
            Kind.COUNT,
            "how many validations without improvement end the training",
            "10",
            of_data=False,
            phrases=phrases.PATIENCE,
        ),
        lambda evidence: protocol.patience(evidence),
    ),
    (
        Entry(
            "2d.train-loss",
            Kind.NUMBER,
            "the training loss when early stopping ends the training",
            "0.0703",
            phrases=phrases.TRAIN_LOSS,
        ),
        lambda evidence: ends.train_loss(evidence, "binary"),
    ),
    (
        Entry(
            "2d.validation-loss",
            Kind.NUMBER,
            "the validation loss when early stopping ends the training",
            "0.0673",
            phrases=phrases.VALIDATION_LOSS,
        ),
        lambda evidence: ends.final(evidence, "binary", "validation_loss"),
    ),
    (
        Entry(
            "2d.best-validation-loss",
            Kind.NUMBER,
            "the lowest validation loss of the training",
            "0.0657",
            phrases=phrases.BEST_LOSS,
        ),
        lambda evidence: ends.best_loss(evidence, "binary"),
    ),
    (
        Entry(
            "2d.train-accuracy",
            Kind.SHARE,
            "the training accuracy when early stopping ends the training",
            "0.9775",
            phrases=phrases.TRAIN_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "binary", "train_accuracy"),
    ),
    (
        Entry(
            "2d.validation-accuracy",
            Kind.SHARE,
            "the validation accuracy when early stopping ends the training",
            '"97.85 %"',
            phrases=phrases.VALIDATION_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "binary", "validation_accuracy"),
    ),
    (
        Entry(
            "2e.batches-per-epoch",
            Kind.COUNT,
            "the number of batches in an epoch",
            "31",
            of_data=False,
            phrases=phrases.BATCHES,
        ),
        lambda evidence: protocol.batches_per_epoch(evidence, "task2"),
    ),
    (
        Entry(
            "2e.validation-interval",
            Kind.COUNT,
            "the number of steps from one validation to the next",
            "6",
            of_data=False,
            phrases=phrases.INTERVAL,
        ),
        lambda evidence: protocol.validation_interval(evidence, "task2"),
    ),
    (
        Entry(
            "2e.validations-per-epoch",
            Kind.COUNT,
            "how many validations there are in an epoch",
            "5",
            of_data=False,
            phrases=phrases.VALIDATIONS,
        ),
        lambda evidence: protocol.validations_per_epoch(evidence),
    ),
    (
        Entry(
            "2e.spike-period-steps",
            Kind.COUNT,
            "the number of steps from one spike to the next without shuffle",
            "186",
            of_data=False,
            phrases=phrases.SPIKE_STEPS,
        ),
        lambda evidence: protocol.spikes(evidence, "steps"),
    ),
    (
        Entry(
            "2e.spike-period-epochs",
            Kind.COUNT,
            "the number of epochs from one spike to the next without shuffle",
            "6",
            of_data=False,
            phrases=phrases.SPIKE_EPOCHS,
        ),
        lambda evidence: protocol.spikes(evidence, "epochs"),
    ),
    (
        Entry(
            "2e.shuffling-removes-spikes",
            Kind.YES_NO,
            "shuffling removes the spikes, or most of them",
            "true",
        ),
        lambda evidence: curves.shuffling_removes_spikes(evidence),
    ),
    (
        Entry(
            "2e.stop-epoch",
            Kind.EPOCH,
            "the epoch in which early stopping ends the training with shuffle",
            "25",
            phrases=phrases.STOP_EPOCH,
        ),
        lambda evidence: ends.stop(evidence, "binary-shuffled", "epoch"),
    ),
    (
        Entry(
            "2e.stop-step",
            Kind.STEP,
            "the step at which early stopping ends the training with shuffle",
            "800",
            phrases=phrases.STOP_STEP,
        ),
        lambda evidence: ends.stop(evidence, "binary-shuffled", "step"),
    ),
    (
        Entry(
            "2e.validation-loss",
            Kind.NUMBER,
            "the validation loss at the end with shuffle",
            "0.071",
            phrases=phrases.VALIDATION_LOSS,
        ),
        lambda evidence: ends.final(evidence, "binary-shuffled", "validation_loss"),
    ),
    (
        Entry(
            "2e.train-accuracy",
            Kind.SHARE,
            "the training accuracy at the end with shuffle",
            "0.974",
            phrases=phrases.TRAIN_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "binary-shuffled", "train_accuracy"),
    ),
    (
        Entry(
            "2e.validation-accuracy",
            Kind.SHARE,
            "the validation accuracy at the end with shuffle",
            "0.976",
            phrases=phrases.VALIDATION_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "binary-shuffled", "validation_accuracy"),
    ),
)
