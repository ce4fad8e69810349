"""The vocabulary of claims about softmax regression, tasks 3b to 4e."""

from __future__ import annotations

from checks.claimed import curves, ends, phrases, protocol
from checks.claimed.evidence import Measure
from gradus.claims.vocabulary import Entry, Kind

# Each entry beside what it is held against.
VOCABULARY: tuple[tuple[Entry, Measure], ...] = (
    (
        Entry(
            "3b.train-images",
            Kind.COUNT,
            "the number of training images",
            "20000",
            phrases=phrases.IMAGES["train"],
        ),
        lambda evidence: protocol.images(evidence, "task3", "train"),
    ),
    (
        Entry(
            "3b.validation-images",
            Kind.COUNT,
            "the number of validation images",
            "10000",
            phrases=phrases.IMAGES["validation"],
        ),
        lambda evidence: protocol.images(evidence, "task3", "validation"),
    ),
    (
        Entry(
            "3b.learning-rate",
            Kind.NUMBER,
            "the learning rate",
            "0.01",
            of_data=False,
            phrases=phrases.LEARNING_RATE,
        ),
        lambda evidence: protocol.setting(evidence, "task3", "learning_rate"),
    ),
    (
        Entry(
            "3b.batch-size",
            Kind.COUNT,
            "the number of images in a batch",
            "128",
            of_data=False,
            phrases=phrases.BATCH_SIZE,
        ),
        lambda evidence: protocol.setting(evidence, "task3", "batch_size"),
    ),
    (
        Entry(
            "3b.batches-per-epoch",
            Kind.COUNT,
            "the number of batches in an epoch",
            "156",
            of_data=False,
            phrases=phrases.BATCHES,
        ),
        lambda evidence: protocol.batches_per_epoch(evidence, "task3"),
    ),
    (
        Entry(
            "3b.validation-interval",
            Kind.COUNT,
            "the number of steps from one validation to the next",
            "31",
            of_data=False,
            phrases=phrases.INTERVAL,
        ),
        lambda evidence: protocol.validation_interval(evidence, "task3"),
    ),
    (
        Entry(
            "3b.stop-epoch",
            Kind.EPOCH,
            "the epoch in which early stopping ends the training of softmax regression",
            "52",
            phrases=phrases.STOP_EPOCH,
        ),
        lambda evidence: ends.stop(evidence, "softmax", "epoch"),
    ),
    (
        Entry(
            "3b.stop-step",
            Kind.STEP,
            "the step at which early stopping ends the training of softmax regression",
            "8215",
            phrases=phrases.STOP_STEP,
        ),
        lambda evidence: ends.stop(evidence, "softmax", "step"),
    ),
    (
        Entry(
            "3b.train-loss",
            Kind.NUMBER,
            "the training loss at the end",
            "0.2775",
            phrases=phrases.TRAIN_LOSS,
        ),
        lambda evidence: ends.train_loss(evidence, "softmax"),
    ),
    (
        Entry(
            "3b.validation-loss",
            Kind.NUMBER,
            "the validation loss at the end",
            "0.2973",
            phrases=phrases.VALIDATION_LOSS,
        ),
        lambda evidence: ends.final(evidence, "softmax", "validation_loss"),
    ),
    (
        Entry(
            "3b.best-validation-loss",
            Kind.NUMBER,
            "the lowest validation loss of the training",
            "0.2971",
            phrases=phrases.BEST_LOSS,
        ),
        lambda evidence: ends.best_loss(evidence, "softmax"),
    ),
    (
        Entry(
            "3c.train-accuracy",
            Kind.SHARE,
            "the training accuracy at the end",
            "0.92435",
            phrases=phrases.TRAIN_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "softmax", "train_accuracy"),
    ),
    (
        Entry(
            "3c.validation-accuracy",
            Kind.SHARE,
            "the validation accuracy at the end",
            "0.9163",
            phrases=phrases.VALIDATION_ACCURACY,
        ),
        lambda evidence: ends.final(evidence, "softmax", "validation_accuracy"),
    ),
    (
        Entry(
            "3d.parting-step",
            Kind.STEP,
            "the step from which training and validation accuracy part",
            "2000",
            by_eye=True,
            phrases=phrases.PARTING,
        ),
        lambda evidence: curves.parting(evidence),
    ),
    (
        Entry(
            "3d.improves-until-step",
            Kind.STEP,
            "the step until which the validation curves improve",
            "8000",
            by_eye=True,
            phrases=phrases.IMPROVING,
        ),
        lambda evidence: curves.improving(evidence),
    ),
    (
        Entry(
            "3d.train-loss-falls-on",
            Kind.YES_NO,
            "the training loss still falls where the validation loss flattens",
            "true",
        ),
        lambda evidence: curves.train_loss_falls_on(evidence),
    ),
    (
        Entry(
            "4b.larger-lambda-is-smoother",
            Kind.YES_NO,
            "the largest λ gives smoother weight images than the smallest",
            "true",
        ),
        lambda evidence: curves.smoother(evidence),
    ),
    (
        Entry(
            "4c.validation-accuracy",
            Kind.SHARE,
            "the validation accuracy at the end",
            '{ "1" = "about 0.78", "0.1" = 0.88 }',
            by="λ",
            phrases=phrases.ACCURACY_BY_LAMBDA,
        ),
        lambda evidence: curves.by_lambda(evidence, ends.accuracy),
    ),
    (
        Entry(
            "4c.stop-epoch",
            Kind.EPOCH,
            "the epoch in which early stopping ends the training",
            '{ "1" = 4, "0.1" = 17 }',
            by="λ",
        ),
        lambda evidence: curves.by_lambda(evidence, ends.stop_epoch),
    ),
    (
        Entry(
            "4c.accuracy-falls-with-lambda",
            Kind.YES_NO,
            "the validation accuracy falls as λ grows",
            "true",
        ),
        lambda evidence: curves.falls_with_lambda(evidence, "validation_accuracy"),
    ),
    (
        Entry(
            "4e.squared-norm",
            Kind.NUMBER,
            "‖w‖² after training",
            '{ "1" = 0.36, "0.1" = 2.74 }',
            by="λ",
            phrases=phrases.NORM_BY_LAMBDA,
        ),
        lambda evidence: curves.by_lambda(evidence, ends.squared_norm),
    ),
    (
        Entry("4e.norm-falls-with-lambda", Kind.YES_NO, "‖w‖² falls as λ grows", "true"),
        lambda evidence: curves.falls_with_lambda(evidence, "squared_norm"),
    ),
)
