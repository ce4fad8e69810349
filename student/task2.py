import os

import matplotlib.pyplot as plt
import numpy as np
import utils
from task2a import BinaryModel, cross_entropy_loss, pre_process_images
from trainer import BaseTrainer

np.random.seed(0)


def calculate_accuracy(X, targets, model):
    """
    Args:
        X: images of shape [batch size, 785]
        targets: labels of shape [batch size, 1]
        model: model of class BinaryModel
    Returns:
        fraction of the images that are predicted right
    """
    predictions = model.forward(X) >= 0.5
    return np.mean(predictions == targets)


class LogisticTrainer(BaseTrainer):
    def train_step(self, X_batch, Y_batch):
        """
        Performs one step of gradient descent on the batch.
        Returns:
            loss on the batch
        """
        outputs = self.model.forward(X_batch)
        loss = cross_entropy_loss(Y_batch, outputs)
        self.model.zero_grad()
        self.model.backward(X_batch, outputs, Y_batch)
        self.model.w = self.model.w - self.learning_rate * self.model.grad
        return loss

    def validation_step(self):
        """
        Returns:
            loss on the validation set, accuracy on the training set, accuracy on the validation set
        """
        loss = cross_entropy_loss(self.Y_val, self.model.forward(self.X_val))
        accuracy_train = calculate_accuracy(self.X_train, self.Y_train, self.model)
        accuracy_val = calculate_accuracy(self.X_val, self.Y_val, self.model)
        return loss, accuracy_train, accuracy_val


if __name__ == "__main__":
    num_epochs = 500
    learning_rate = 0.05
    batch_size = 128
    os.makedirs("figures", exist_ok=True)

    X_train, Y_train, X_val, Y_val = utils.load_binary_dataset(2, 3)
    X_train = pre_process_images(X_train)
    X_val = pre_process_images(X_val)

    # Task 2b, 2c and 2d: without shuffling
    model = BinaryModel()
    trainer = LogisticTrainer(
        model, learning_rate, batch_size, False, X_train, Y_train, X_val, Y_val
    )
    train_history, val_history = trainer.train(num_epochs)
    print(f"Train loss: {cross_entropy_loss(Y_train, model.forward(X_train)):.4f}")
    print(f"Validation loss: {cross_entropy_loss(Y_val, model.forward(X_val)):.4f}")
    print(f"Train accuracy: {calculate_accuracy(X_train, Y_train, model):.4f}")
    print(f"Validation accuracy: {calculate_accuracy(X_val, Y_val, model):.4f}")

    plt.figure()
    plt.ylim([0.0, 0.2])
    utils.plot_loss(train_history["loss"], "Training loss", npoints_to_average=10)
    utils.plot_loss(val_history["loss"], "Validation loss")
    plt.title("Task 2b: cross entropy during training")
    plt.xlabel("Number of training steps")
    plt.ylabel("Cross entropy loss")
    plt.legend()
    plt.savefig("figures/task2b_loss.png")

    plt.figure()
    plt.ylim([0.93, 0.99])
    utils.plot_loss(train_history["accuracy"], "Training accuracy")
    utils.plot_loss(val_history["accuracy"], "Validation accuracy")
    plt.title("Task 2c: accuracy during training")
    plt.xlabel("Number of training steps")
    plt.ylabel("Accuracy")
    plt.legend()
    plt.savefig("figures/task2c_accuracy.png")

    # Task 2e: with shuffling
    model_shuffle = BinaryModel()
    trainer = LogisticTrainer(
        model_shuffle, learning_rate, batch_size, True, X_train, Y_train, X_val, Y_val
    )
    _, val_history_shuffle = trainer.train(num_epochs)
    accuracy = calculate_accuracy(X_val, Y_val, model_shuffle)
    print(f"Validation accuracy with shuffling: {accuracy:.4f}")

    plt.figure()
    plt.ylim([0.93, 0.99])
    utils.plot_loss(val_history["accuracy"], "Without shuffling")
    utils.plot_loss(val_history_shuffle["accuracy"], "With shuffling")
    plt.title("Task 2e: validation accuracy with and without shuffling")
    plt.xlabel("Number of training steps")
    plt.ylabel("Validation accuracy")
    plt.legend()
    plt.savefig("figures/task2e_shuffling.png")
    plt.show()
