# grader-secret: nothing of this file may reach students.
"""Hidden check of report_claims.py: is the accuracy that the report claims that of the weights?

It is measured on the test set that the settings name (claims_data), or on the embedded one for a
network that was trained on the embedded digits.
"""

import numpy as np

from grader.suites import Suite
from tests.helpers import close, marks
from tests.helpers.claims import EMBEDDED, chosen, claimed_accuracy, claimed_network, examples_of

SUITE = Suite(
    name="report_claims",
    levels=(("runs", "split", "batch_size", "rates", "schedule", "choice", "test_accuracy"),),
    points={"choice": 2, "test_accuracy": 2},
    files=("runs/*.json", "runs/*.hdf5", "runs/*.h5", "!*data.hdf5", "*.hdf5", "*.h5"),
    unset={
        "claims_data": "No claims_data is set: test accuracies are measured for networks that were "
        "trained on the embedded digits alone."
    },
)
# 98.12 % is what is written of anything from 98.115 to 98.125, and 0.981 of ten times as much; one
# example more or less of ten thousand is rounding of float32.
ROUNDED = {3: 6.1e-4, 4: 1.6e-4}
MEASURED = "Measure it with the weights that you hand in, on the whole test set, pixels in [0, 1]."


@marks("report_claims.test_accuracy", weight=2)
def test_claimed_accuracy(student, reference, settings):
    """The accuracy of these weights on the test set is the one claimed"""
    claim, network = claimed_accuracy(student), claimed_network(student)
    if settings.claims_data is None and chosen(student).data not in ("", EMBEDDED):
        return  # of another data set there is nothing to measure on
    x, y = examples_of(settings.claims_data)
    layers = network.layers
    act = network.activations[0]
    measured = reference.accuracy([one.W for one in layers], [one.b for one in layers], act, x, y)
    digits = 3 if np.isclose(claim, round(claim, 3), rtol=0, atol=1e-7) else 4
    close("TEST_ACCURACY", claim, measured, rtol=0, atol=ROUNDED[digits], hint=MEASURED)
