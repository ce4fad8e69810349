import matplotlib.pyplot as plt
import mnist
import numpy as np

NUM_TRAIN_IMAGES = 20000


def batch_loader(X, Y, batch_size, shuffle=False, drop_last=True):
    """
    Generator of the batches of one epoch.
    Args:
        X: images of shape [N, num features]
        Y: targets of shape [N, num outputs]
        shuffle: if True, all samples are put in a new random order first
        drop_last: if True, the last batch is left out when it is not full
    """
    num_samples = len(X)
    indices = np.arange(num_samples)
    if shuffle:
        np.random.shuffle(indices)
    num_batches = num_samples // batch_size
    if not drop_last and num_samples % batch_size != 0:
        num_batches += 1
    for i in range(num_batches):
        batch = indices[i * batch_size : (i + 1) * batch_size]
        # The same indices for both, so that images and targets stay together
        yield X[batch], Y[batch]


def binary_dataset(X, Y, class1, class2):
    """Keeps the images of the two classes. The target is 1 for class1 and 0 for class2."""
    mask = np.isin(Y, [class1, class2])
    targets = (Y[mask] == class1).astype(np.uint8)
    return X[mask], targets[:, None]


def load_binary_dataset(class1, class2):
    """
    Loads the images of two classes from the first 20 000 training images and all test images.
    Returns:
        X_train [N, 784], Y_train [N, 1], X_val [M, 784], Y_val [M, 1]
    """
    X_train, Y_train, X_val, Y_val = mnist.load()
    X_train, Y_train = X_train[:NUM_TRAIN_IMAGES], Y_train[:NUM_TRAIN_IMAGES]
    X_train, Y_train = binary_dataset(X_train, Y_train, class1, class2)
    X_val, Y_val = binary_dataset(X_val, Y_val, class1, class2)
    print(f"Train shape: X: {X_train.shape}, Y: {Y_train.shape}")
    print(f"Validation shape: X: {X_val.shape}, Y: {Y_val.shape}")
    return X_train, Y_train, X_val, Y_val


def load_full_mnist():
    """
    Loads the first 20 000 training images and all test images.
    Returns:
        X_train [20000, 784], Y_train [20000, 1], X_val [10000, 784], Y_val [10000, 1]
    """
    X_train, Y_train, X_val, Y_val = mnist.load()
    X_train, Y_train = X_train[:NUM_TRAIN_IMAGES], Y_train[:NUM_TRAIN_IMAGES, None]
    Y_val = Y_val[:, None]
    print(f"Train shape: X: {X_train.shape}, Y: {Y_train.shape}")
    print(f"Validation shape: X: {X_val.shape}, Y: {Y_val.shape}")
    return X_train, Y_train, X_val, Y_val


def plot_loss(loss_dict, label=None, npoints_to_average=1):
    """
    Plots a history against its gradient steps.
    Args:
        loss_dict: dict from global step to value
        label: name in the legend
        npoints_to_average: if more than 1, each point is the mean of so many values in a row
    """
    steps = np.array(list(loss_dict.keys()))
    values = np.array(list(loss_dict.values()))
    if npoints_to_average > 1:
        num_points = len(values) // npoints_to_average
        steps = steps[: num_points * npoints_to_average]
        values = values[: num_points * npoints_to_average]
        steps = steps.reshape(num_points, npoints_to_average).mean(axis=1)
        values = values.reshape(num_points, npoints_to_average).mean(axis=1)
    plt.plot(steps, values, label=label)
