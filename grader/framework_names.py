"""Names of libraries that do by themselves what students are to write, and marks of copies."""

from collections.abc import Mapping

# Why each is here, and the names under which it is imported.
NETWORKS, DERIVATIVES = "trains networks by itself", "takes derivatives by itself"
FRAMEWORKS: Mapping[str, tuple[str, str]] = {
    "torch": (
        NETWORKS,
        "torch torchvision torchaudio lightning pytorch_lightning fastai skorch functorch",
    ),
    "tensorflow": (NETWORKS, "tensorflow tflearn tensorflow_probability"),
    "keras": (NETWORKS, "keras tf_keras"),
    "jax": (DERIVATIVES, "jax jaxlib flax optax haiku equinox"),
    "autograd": (DERIVATIVES, "autograd"),
    "sklearn": (NETWORKS, "sklearn"),
    "theano": (DERIVATIVES, "theano aesara pytensor"),
    "mxnet": (NETWORKS, "mxnet"),
    "paddle": (NETWORKS, "paddle"),
    "chainer": (NETWORKS, "chainer"),
    "micrograd": (DERIVATIVES, "micrograd tinygrad mygrad minitorch"),
    "numdifftools": (DERIVATIVES, "numdifftools"),
}
FAMILY = {name: family for family, (_, names) in FRAMEWORKS.items() for name in names.split()}
# Parts that load, split and measure data.
HARMLESS = (
    "sklearn.datasets",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.preprocessing",
    "torch.utils.data",
    "torchvision.datasets",
    "torchvision.transforms",
    "keras.datasets",
    "tensorflow.keras.datasets",
)
# Names in the sources of autograd, which is numpy alone and small enough to be handed in; six of
# them in one folder are a copy, renamed or not.
COPIES: Mapping[str, frozenset[str]] = {
    "autograd": frozenset(
        ("JVPNode", "SparseObject", "TraceStack", "VJPNode", "VSpace", "add_outgrads",
         "backward_pass", "defvjp", "defvjp_argnum", "defvjp_argnums", "find_top_boxed_args",
         "make_jvp", "make_vjp", "new_box", "notrace_primitive", "primitive", "toposort")
    ),
}  # fmt: skip
ENOUGH_OF_A_COPY = 6
WORDS = frozenset({*FAMILY, "__mul__"}.union(*COPIES.values()))
