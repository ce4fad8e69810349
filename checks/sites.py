"""Where each piece stands in a submission."""

from __future__ import annotations

FUNCTIONS = {
    "2a.preprocess": ("task2a.py", "pre_process_images"),
    "2a.loss": ("task2a.py", "cross_entropy_loss"),
    "2a.forward": ("task2a.py", "BinaryModel.forward"),
    "2a.backward": ("task2a.py", "BinaryModel.backward"),
    "2b.train_step": ("task2.py", "LogisticTrainer.train_step"),
    "2c.accuracy": ("task2.py", "calculate_accuracy"),
    "2d.stopping": ("trainer.py", "BaseTrainer.train"),
    "2e.shuffling": ("utils.py", "batch_loader"),
    "3a.one_hot": ("task3a.py", "one_hot_encode"),
    "3a.loss": ("task3a.py", "cross_entropy_loss"),
    "3a.forward": ("task3a.py", "SoftmaxModel.forward"),
    "3a.backward": ("task3a.py", "SoftmaxModel.backward"),
    "3b.train_step": ("task3.py", "SoftmaxTrainer.train_step"),
    "3c.accuracy": ("task3.py", "calculate_accuracy"),
    "4b.penalty": ("task3a.py", "SoftmaxModel.backward"),
}
"""The file and the function of each piece that laws judge."""
