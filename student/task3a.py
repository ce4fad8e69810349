import numpy as np
import utils
from task2a import pre_process_images

np.random.seed(1)


def one_hot_encode(Y, num_classes):
    """
    Args:
        Y: labels of shape [N, 1], integers from 0 to num_classes - 1
        num_classes: number of classes
    Returns:
        one-hot encoded labels of shape [N, num_classes]
    """
    Y_encoded = np.zeros((Y.shape[0], num_classes))
    Y_encoded[np.arange(Y.shape[0]), Y[:, 0]] = 1
    return Y_encoded


def cross_entropy_loss(targets, outputs):
    """
    Args:
        targets: one-hot labels of shape [batch size, num classes]
        outputs: outputs of the model of shape [batch size, num classes]
    Returns:
        cross entropy, averaged over the batch
    """
    assert targets.shape == outputs.shape, f"targets: {targets.shape}, outputs: {outputs.shape}"
    log_outputs = np.log(np.maximum(outputs, 1e-15))  # log(0) is -inf
    return -np.mean(np.sum(targets * log_outputs, axis=1))


class SoftmaxModel:
    def __init__(self, l2_reg_lambda):
        self.I = 785  # 28 * 28 pixels and the bias
        self.num_outputs = 10
        self.w = np.zeros((self.I, self.num_outputs))
        self.grad = None
        self.l2_reg_lambda = l2_reg_lambda

    def forward(self, X):
        """
        Args:
            X: images of shape [batch size, 785]
        Returns:
            outputs of shape [batch size, num_outputs]
        """
        z = X @ self.w
        # The largest z of each row is subtracted, so that exp cannot overflow
        exp_z = np.exp(z - z.max(axis=1, keepdims=True))
        return exp_z / exp_z.sum(axis=1, keepdims=True)

    def backward(self, X, outputs, targets):
        """
        Sets self.grad to the gradient of the loss, averaged over the batch, plus that of the L2
        regularisation lambda * ||w||^2.
        Args:
            X: images of shape [batch size, 785]
            outputs: outputs of the model of shape [batch size, num_outputs]
            targets: one-hot labels of shape [batch size, num_outputs]
        """
        assert targets.shape == outputs.shape, f"targets: {targets.shape}, outputs: {outputs.shape}"
        self.grad = -X.T @ (targets - outputs) / X.shape[0] + 2 * self.l2_reg_lambda * self.w
        assert self.grad.shape == self.w.shape, f"grad: {self.grad.shape}, w: {self.w.shape}"

    def zero_grad(self):
        self.grad = None


def objective(model, X, Y):
    """Cross entropy and L2 regularisation, of which model.grad should be the gradient."""
    return cross_entropy_loss(Y, model.forward(X)) + model.l2_reg_lambda * np.sum(model.w**2)


def gradient_approximation_test(model, X, Y, num_weights=500, epsilon=1e-4):
    """Compares model.grad with a central difference of the objective for randomly drawn weights."""
    model.w = np.random.normal(scale=0.1, size=model.w.shape)
    model.zero_grad()
    model.backward(X, model.forward(X), Y)
    largest_difference = 0
    for flat_index in np.random.choice(model.w.size, num_weights, replace=False):
        index = np.unravel_index(flat_index, model.w.shape)
        original = model.w[index]
        model.w[index] = original + epsilon
        objective_plus = objective(model, X, Y)
        model.w[index] = original - epsilon
        objective_minus = objective(model, X, Y)
        model.w[index] = original
        approximation = (objective_plus - objective_minus) / (2 * epsilon)
        difference = abs(approximation - model.grad[index])
        assert difference < 1e-6, f"The gradient of w{index} is off by {difference}"
        largest_difference = max(largest_difference, difference)
    return largest_difference


if __name__ == "__main__":
    Y = np.array([[3]])
    expected = [[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]]
    assert one_hot_encode(Y, 10).tolist() == expected, f"One-hot: {one_hot_encode(Y, 10)}"

    X_train, Y_train, _, _ = utils.load_full_mnist()
    X_train = pre_process_images(X_train)
    Y_train = one_hot_encode(Y_train, 10)

    loss = cross_entropy_loss(Y_train, SoftmaxModel(0.0).forward(X_train))
    print(f"Loss with zero weights: {loss:.4f}, should be ln 10 = {np.log(10):.4f}")

    for l2_reg_lambda in [0.0, 0.1]:
        model = SoftmaxModel(l2_reg_lambda)
        difference = gradient_approximation_test(model, X_train[:100], Y_train[:100])
        print(f"Gradient, lambda {l2_reg_lambda}: largest difference is {difference:.1e}")
