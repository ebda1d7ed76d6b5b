"""MNIST: 70,000 handwritten digits (LeCun, Cortes, Burges), downloaded."""

from .download import PublishedFile
from .published import PublishedSet

SET = PublishedSet(
    "mnist",
    train=(
        PublishedFile("train-images-idx3-ubyte.gz", "6bbc9ace898e44ae57da46a324031adb", True),
        PublishedFile("train-labels-idx1-ubyte.gz", "a25bea736e30d166cdddb491f175f624", True),
    ),
    test=(
        PublishedFile("t10k-images-idx3-ubyte.gz", "2646ac647ad5339dbf082846283269ea", True),
        PublishedFile("t10k-labels-idx1-ubyte.gz", "27ae3e4e09519cfbb04c329615203637", True),
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)
add_arguments = SET.add_arguments
run = SET.run
