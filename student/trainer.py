import numpy as np
import utils


class BaseTrainer:
    def __init__(
        self, model, learning_rate, batch_size, shuffle_dataset, X_train, Y_train, X_val, Y_val
    ):
        """Holds the model, the data sets and the parameters of the training."""
        self.model = model
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.shuffle_dataset = shuffle_dataset
        self.X_train = X_train
        self.Y_train = Y_train
        self.X_val = X_val
        self.Y_val = Y_val

    def validation_step(self):
        """
        Returns:
            loss on the validation set, accuracy on the training set, accuracy on the validation set
        """
        raise TypeError("validation_step belongs to the trainer of the task: use a subclass")

    def train_step(self, X_batch, Y_batch):
        """
        Performs one step of gradient descent on the batch.
        Returns:
            loss on the batch
        """
        raise TypeError("train_step belongs to the trainer of the task: use a subclass")

    def train(self, num_epochs):
        """
        Trains for at most num_epochs epochs. Stops early when the validation loss does not improve
        after passing through 20 % of the training set 10 times (5 validations per epoch).
        Returns:
            train_history, val_history: dicts with "loss" and "accuracy",
                each a dict from global step to value
        """
        num_batches_per_epoch = len(self.X_train) // self.batch_size
        num_steps_per_val = max(1, num_batches_per_epoch // 5)

        train_history = {"loss": {}, "accuracy": {}}
        val_history = {"loss": {}, "accuracy": {}}

        patience = 10
        best_val_loss = np.inf
        num_failures = 0
        global_step = 0
        for epoch in range(num_epochs):
            train_loader = utils.batch_loader(
                self.X_train, self.Y_train, self.batch_size, shuffle=self.shuffle_dataset
            )
            for X_batch, Y_batch in train_loader:
                train_history["loss"][global_step] = self.train_step(X_batch, Y_batch)

                if global_step % num_steps_per_val == 0:
                    val_loss, accuracy_train, accuracy_val = self.validation_step()
                    train_history["accuracy"][global_step] = accuracy_train
                    val_history["loss"][global_step] = val_loss
                    val_history["accuracy"][global_step] = accuracy_val

                    if val_loss < best_val_loss:
                        best_val_loss = val_loss
                        num_failures = 0
                    else:
                        num_failures += 1
                    if num_failures > patience:
                        print(f"Early stopping in epoch {epoch}, step {global_step}")
                        return train_history, val_history
                global_step += 1
        return train_history, val_history
