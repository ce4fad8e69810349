"""Reads the MNIST files. Run `python mnist.py` to download them to ./data."""

import gzip
import os
import urllib.request

import numpy as np

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist/"
FILES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


def data_folder():
    """The folder in $GRADUS_MNIST, or ./data"""
    return os.environ.get("GRADUS_MNIST") or "data"


def download(folder="data"):
    """Download the files that are not in the folder yet."""
    os.makedirs(folder, exist_ok=True)
    for name in FILES:
        path = os.path.join(folder, name + ".gz")
        if not os.path.exists(path):
            print("Downloading", MIRROR + name + ".gz")
            urllib.request.urlretrieve(MIRROR + name + ".gz", path + ".part")
            # A download that was cut short must not be taken for the file the next time.
            os.replace(path + ".part", path)


def read_idx(name):
    """Read one file, compressed or not, into a uint8 array."""
    path = os.path.join(data_folder(), name)
    if os.path.exists(path + ".gz"):
        with gzip.open(path + ".gz", "rb") as file:
            content = file.read()
    elif os.path.exists(path):
        with open(path, "rb") as file:
            content = file.read()
    else:
        raise FileNotFoundError(
            f"No {name}.gz in the folder '{data_folder()}'. Run `python mnist.py` to download "
            "MNIST to ./data, or set GRADUS_MNIST to the folder with the four files."
        )
    # Header: two zero bytes, the type (8 = uint8), the number of dimensions, and their sizes
    num_dimensions = content[3]
    shape = np.frombuffer(content, dtype=">u4", count=num_dimensions, offset=4)
    data = np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * num_dimensions)
    return data.reshape([int(size) for size in shape])


def load():
    """Returns X_train [60000, 784], Y_train [60000], X_test [10000, 784], Y_test [10000]"""
    X_train, Y_train, X_test, Y_test = (read_idx(name) for name in FILES)
    return X_train.reshape(-1, 784), Y_train, X_test.reshape(-1, 784), Y_test


if __name__ == "__main__":
    download()
