import numpy as np
import utils

np.random.seed(1)


def pre_process_images(X):
    """
    Args:
        X: images of shape [batch size, 784] in the range 0 to 255
    Returns:
        X: images of shape [batch size, 785] in the range -1 to 1, the last column is the bias
    """
    assert X.shape[1] == 784, f"X.shape[1]: {X.shape[1]}, should be 784"
    X = X / 127.5 - 1
    return np.hstack([X, np.ones((X.shape[0], 1))])


def cross_entropy_loss(targets, outputs):
    """
    Args:
        targets: labels of shape [batch size, 1]
        outputs: outputs of the model of shape [batch size, 1]
    Returns:
        cross entropy, averaged over the batch
    """
    assert targets.shape == outputs.shape, f"targets: {targets.shape}, outputs: {outputs.shape}"
    outputs = np.clip(outputs, 1e-15, 1 - 1e-15)  # log(0) is -inf
    loss = -(targets * np.log(outputs) + (1 - targets) * np.log(1 - outputs))
    return np.mean(loss)


class BinaryModel:
    def __init__(self):
        self.I = 785  # 28 * 28 pixels and the bias
        self.w = np.zeros((self.I, 1))
        self.grad = None

    def forward(self, X):
        """
        Args:
            X: images of shape [batch size, 785]
        Returns:
            outputs of shape [batch size, 1]
        """
        z = X @ self.w
        # ln(1 + exp(-z)) cannot overflow when logaddexp computes it
        return np.exp(-np.logaddexp(0, -z))

    def backward(self, X, outputs, targets):
        """
        Sets self.grad to the gradient of the loss, averaged over the batch.
        Args:
            X: images of shape [batch size, 785]
            outputs: outputs of the model of shape [batch size, 1]
            targets: labels of shape [batch size, 1]
        """
        assert targets.shape == outputs.shape, f"targets: {targets.shape}, outputs: {outputs.shape}"
        self.grad = -X.T @ (targets - outputs) / X.shape[0]
        assert self.grad.shape == self.w.shape, f"grad: {self.grad.shape}, w: {self.w.shape}"

    def zero_grad(self):
        self.grad = None


def gradient_approximation_test(model, X, Y, epsilon=1e-4):
    """Compares model.grad with a central difference of the loss for each weight."""
    model.w = np.random.normal(scale=0.1, size=model.w.shape)
    model.zero_grad()
    model.backward(X, model.forward(X), Y)
    approximation = np.zeros_like(model.w)
    for index in np.ndindex(*model.w.shape):
        original = model.w[index]
        model.w[index] = original + epsilon
        loss_plus = cross_entropy_loss(Y, model.forward(X))
        model.w[index] = original - epsilon
        loss_minus = cross_entropy_loss(Y, model.forward(X))
        model.w[index] = original
        approximation[index] = (loss_plus - loss_minus) / (2 * epsilon)
    difference = np.abs(approximation - model.grad).max()
    assert difference < 1e-6, f"The gradient is off by up to {difference}"
    return difference


if __name__ == "__main__":
    X_train, Y_train, _, _ = utils.load_binary_dataset(2, 3)
    X_train = pre_process_images(X_train)
    assert X_train.min() >= -1, f"Smallest value: {X_train.min()}, should be at least -1"
    assert X_train.max() <= 1, f"Largest value: {X_train.max()}, should be at most 1"
    assert X_train.shape[1] == 785, f"Expected 785 columns, got {X_train.shape[1]}"

    model = BinaryModel()
    loss = cross_entropy_loss(Y_train, model.forward(X_train))
    print(f"Loss with zero weights: {loss:.4f}, should be ln 2 = {np.log(2):.4f}")

    difference = gradient_approximation_test(model, X_train[:100], Y_train[:100])
    print(f"Gradient: largest difference from the approximation is {difference:.1e}")
