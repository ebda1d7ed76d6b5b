"""The written parts: each step, its formula, and what its check found."""

from __future__ import annotations

from grader.experiments.study import Answer, Run, Step

JACOBIAN = (
    (
        "The softmax turns logits s into probabilities.",
        r"p_j=\dfrac{e^{s_j}}{\Sigma},\qquad \Sigma=\sum_k e^{s_k}",
        "the sums of p's derivatives, Σⱼ ∂pⱼ/∂sᵢ, are 0, because Σp = 1 everywhere",
        "rows",
    ),
    (
        "Its own logit: quotient rule, where ∂Σ/∂sⱼ = exp(sⱼ).",
        r"\dfrac{\partial p_j}{\partial s_j}=\dfrac{e^{s_j}\,\Sigma-e^{s_j}e^{s_j}}{\Sigma^2}"
        r"=p_j\,(1-p_j)",
        "diagonal of the Jacobian by central differences",
        "diagonal",
    ),
    (
        "Another logit i ≠ j: only Σ depends on it.",
        r"\dfrac{\partial p_j}{\partial s_i}=\dfrac{0-e^{s_j}e^{s_i}}{\Sigma^2}=-p_j\,p_i",
        "all other elements by central differences",
        "beside",
    ),
    (
        "Both cases in one, with δᵢⱼ = 1 for i = j and 0 otherwise. The matrix is symmetric.",
        r"\dfrac{\partial p_j}{\partial s_i}=p_j\,(\delta_{ij}-p_i),\qquad "
        r"J=\mathrm{diag}(p)-p\,p^{T}",
        "the whole Jacobian by central differences",
        "whole",
    ),
)
ENTROPY = (
    (
        "The cross-entropy of targets y, by each probability.",
        r"L=-\sum_j y_j\ln p_j,\qquad \dfrac{\partial L}{\partial p_j}=-\dfrac{y_j}{p_j}",
        "p ∂L/∂p = −y, by central differences in ln p",
        "by_probability",
    ),
    (
        "By the logits: the chain rule through the softmax.",
        r"\dfrac{\partial L}{\partial s_i}=\sum_j\dfrac{\partial L}{\partial p_j}"
        r"\dfrac{\partial p_j}{\partial s_i}=-\sum_j\dfrac{y_j}{p_j}\,p_j\,(\delta_{ij}-p_i)",
        "the product of both derivatives against differences of L(s), targets that sum to 0.7",
        "chained",
    ),
    (
        "pⱼ cancels; the sum over δᵢⱼ leaves one term.",
        r"\dfrac{\partial L}{\partial s_i}=-\sum_j y_j\,\delta_{ij}+p_i\sum_j y_j="
        r"p_i\sum_j y_j-y_i",
        "for the same targets, which sum to 0.7",
        "summed",
    ),
)
ERROR = (
    (
        "Only now the targets' sum is needed: with Σy = 1, and a = p the output's activation, δ is "
        "a − y. One-hot targets:",
        r"\sum_j y_j=1\quad\Rightarrow\quad \delta=\dfrac{\partial L}{\partial s}=a-y",
        "one-hot targets",
        "hot",
    ),
    (
        "Nothing in this asks for one-hot targets: any that sum to 1 will do.",
        r"y_j\geq 0,\ \sum_j y_j=1\quad\Rightarrow\quad \delta=a-y",
        "soft targets that sum to 1",
        "soft",
    ),
    (
        "Where they do not sum to 1, a − y is wrong, by a times what is missing. This difference "
        "is no rounding:",
        r"\sum_j y_j=0.7\quad\Rightarrow\quad \delta=0.7\,a-y\neq a-y",
        "a − y against differences of L(s), targets that sum to 0.7: it must not vanish",
        "loose",
    ),
    (
        "From δ to the weights of the layer, s = x W + b.",
        r"\dfrac{\partial L}{\partial W}=x^{T}\delta,\qquad \dfrac{\partial L}{\partial b}=\delta",
        "every weight by central differences",
        "weights",
    ),
    (
        "And to the layer below.",
        r"\dfrac{\partial L}{\partial x}=\delta\,W^{T}",
        "every input by central differences",
        "below",
    ),
)


def answer(run: Run) -> Answer:
    """The page of the derivations."""
    found = run.results["checks"]
    close = max(value for name, value in found.items() if name != "loose")
    n, classes = run.settings["points"], run.settings["classes"]
    groups = (
        ("The Jacobian of the softmax", JACOBIAN),
        ("The gradient of the cross-entropy", ENTROPY),
        ("The error δ = a − y, and why Σy = 1 is needed", ERROR),
    )
    return Answer(
        facts=[
            f"Every step agrees with central differences at {n} random points of {classes} "
            f"classes: the largest difference is {close:.1e}.",
            f"For targets that sum to 0.7, a − y is wrong by up to {found['loose']:.2f}.",
        ],
        points=[
            f"Two cases, i = j and i ≠ j, by the quotient rule; together pⱼ(δᵢⱼ − pᵢ). Checked "
            f"to {found['whole']:.0e}.",
            "The chain rule sums over all j, because every probability depends on every logit. "
            "Forgetting the terms j ≠ i gives yᵢ(pᵢ − 1), which is wrong for soft targets.",
            f"Before Σy = 1 is used the result is pᵢ Σy − yᵢ (checked to "
            f"{found['summed']:.0e}); with it, a − y ({found['soft']:.0e}).",
            f"Σy = 1 is needed, one-hot is not: for targets that sum to 0.7, a − y is off by up to "
            f"{found['loose']:.2f}.",
            "The result has no division by p: nothing overflows where p is tiny, which is why "
            "softmax and cross-entropy are differentiated together.",
        ],
        wrong=WRONG,
        steps={
            title: [Step(text, formula, check, found[name]) for text, formula, check, name in steps]
            for title, steps in groups
        },
    )


WRONG = (
    (
        "∂pⱼ/∂sᵢ = pⱼ(1 − pⱼ).",
        "That is the diagonal alone; the other elements are −pᵢpⱼ.",
    ),
    (
        "δ = a − y holds because y is one-hot.",
        "It holds for all targets that sum to 1, and for those alone.",
    ),
    (
        "δ = (a − y) · a(1 − a).",
        "The slope of the output's activation is in a − y already. The factor belongs to the "
        "squared error.",
    ),
    (
        "For a minibatch the gradients are added up.",
        "The loss is a mean over the m examples: δ is (a − y)/m, once.",
    ),
)
