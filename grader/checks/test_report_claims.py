# grader-secret: nothing of this file may reach students.
"""Hidden check of report_claims.py: is the accuracy that the report claims that of the weights?

It is measured on the test set that the settings name (claims_data), or on the embedded one.
"""

from grader.suites import Suite
from tests.helpers import close, marks
from tests.helpers.claims import claimed_accuracy, claimed_weights, examples_of

SUITE = Suite(
    name="report_claims",
    levels=(("runs", "split", "batch_size", "rates", "schedule", "choice", "test_accuracy"),),
    points={"choice": 2, "test_accuracy": 2},
    files=("runs/*.json", "runs/*.hdf5", "runs/*.h5", "weights*.hdf5", "weights*.h5"),
)
# 98.12 % is what is written of anything from 98.115 to 98.125; one example more or less of ten
# thousand is rounding of float32.
ROUNDED = 1.6e-4
MEASURED = "Measure it with the weights that you hand in, on the whole test set, pixels in [0, 1]."


@marks("report_claims.test_accuracy", weight=2)
def test_claimed_accuracy(student, reference, settings):
    """The accuracy of these weights on the test set is the one claimed"""
    claim = claimed_accuracy(student)
    _, W, b, act = claimed_weights(student)
    x, y = examples_of(settings.claims_data)
    measured = reference.accuracy(W, b, act, x, y)
    close("TEST_ACCURACY", claim, measured, rtol=0, atol=ROUNDED, hint=MEASURED)
