import os

import matplotlib.pyplot as plt
import numpy as np
import utils
from task3a import SoftmaxModel, cross_entropy_loss, one_hot_encode, pre_process_images
from trainer import BaseTrainer

np.random.seed(0)


def calculate_accuracy(X, targets, model):
    """
    Args:
        X: images of shape [batch size, 785]
        targets: one-hot labels of shape [batch size, num classes]
        model: model of class SoftmaxModel
    Returns:
        fraction of the images that are predicted right
    """
    predictions = np.argmax(model.forward(X), axis=1)
    return np.mean(predictions == np.argmax(targets, axis=1))


class SoftmaxTrainer(BaseTrainer):
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


def plot_weights(models):
    """One row of ten weight images for each model, without the bias."""
    fig, axes = plt.subplots(len(models), 10, figsize=(12, 3.2))
    for i, model in enumerate(models):
        for digit, ax in enumerate(axes[i]):
            ax.imshow(model.w[:-1, digit].reshape(28, 28), cmap="gray")
            ax.set_title(digit)
            ax.set_xticks([])
            ax.set_yticks([])
        axes[i, 0].set_ylabel(f"$\\lambda$ = {model.l2_reg_lambda:g}")
    fig.suptitle("Task 4b: weights of each digit without and with regularisation")


if __name__ == "__main__":
    num_epochs = 500
    learning_rate = 0.01
    batch_size = 128
    os.makedirs("figures", exist_ok=True)

    X_train, Y_train, X_val, Y_val = utils.load_full_mnist()
    X_train = pre_process_images(X_train)
    X_val = pre_process_images(X_val)
    Y_train = one_hot_encode(Y_train, 10)
    Y_val = one_hot_encode(Y_val, 10)

    # Task 3b and 3c
    model = SoftmaxModel(0.0)
    trainer = SoftmaxTrainer(model, learning_rate, batch_size, True, X_train, Y_train, X_val, Y_val)
    train_history, val_history = trainer.train(num_epochs)
    print(f"Train loss: {cross_entropy_loss(Y_train, model.forward(X_train)):.4f}")
    print(f"Validation loss: {cross_entropy_loss(Y_val, model.forward(X_val)):.4f}")
    print(f"Train accuracy: {calculate_accuracy(X_train, Y_train, model):.4f}")
    print(f"Validation accuracy: {calculate_accuracy(X_val, Y_val, model):.4f}")

    plt.figure()
    plt.ylim([0.2, 0.6])
    utils.plot_loss(train_history["loss"], "Training loss", npoints_to_average=10)
    utils.plot_loss(val_history["loss"], "Validation loss")
    plt.title("Task 3b: cross entropy during training")
    plt.xlabel("Number of training steps")
    plt.ylabel("Cross entropy loss")
    plt.legend()
    plt.savefig("figures/task3b_loss.png")

    plt.figure()
    plt.ylim([0.85, 0.94])
    utils.plot_loss(train_history["accuracy"], "Training accuracy")
    utils.plot_loss(val_history["accuracy"], "Validation accuracy")
    plt.title("Task 3c: accuracy during training")
    plt.xlabel("Number of training steps")
    plt.ylabel("Accuracy")
    plt.legend()
    plt.savefig("figures/task3c_accuracy.png")

    # Task 4: one model for each lambda
    l2_lambdas = [1, 0.1, 0.01, 0.001]
    models = {}
    val_accuracies = {}
    for l2_reg_lambda in l2_lambdas:
        regularised = SoftmaxModel(l2_reg_lambda)
        trainer = SoftmaxTrainer(
            regularised, learning_rate, batch_size, True, X_train, Y_train, X_val, Y_val
        )
        _, history = trainer.train(num_epochs)
        models[l2_reg_lambda] = regularised
        val_accuracies[l2_reg_lambda] = history["accuracy"]

    # Task 4b: the smallest (0) and the largest lambda
    plot_weights([model, models[max(l2_lambdas)]])
    plt.savefig("figures/task4b_weights.png")

    # Task 4c
    plt.figure()
    for l2_reg_lambda, val_accuracy in val_accuracies.items():
        utils.plot_loss(val_accuracy, f"$\\lambda$ = {l2_reg_lambda:g}")
    plt.ylim([0.7, 0.95])
    plt.title("Task 4c: validation accuracy with L2 regularisation")
    plt.xlabel("Number of training steps")
    plt.ylabel("Validation accuracy")
    plt.legend()
    plt.savefig("figures/task4c_accuracy.png")

    # Task 4e
    norms = []
    for l2_reg_lambda in l2_lambdas:
        regularised = models[l2_reg_lambda]
        norm = np.sum(regularised.w**2)
        norms.append(norm)
        accuracy = calculate_accuracy(X_val, Y_val, regularised)
        print(f"lambda {l2_reg_lambda:g}: ||w||^2 {norm:.2f}, validation accuracy {accuracy:.4f}")

    plt.figure()
    plt.semilogx(l2_lambdas, norms, "o-", label="$||w||^2$ after training")
    plt.title("Task 4e: length of the weights against regularisation")
    plt.xlabel("$\\lambda$")
    plt.ylabel("$||w||^2$")
    plt.legend()
    plt.savefig("figures/task4e_norm.png")
    plt.show()
