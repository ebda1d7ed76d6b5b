"""What your report says of your training, for the checks to compare with what you hand in.

Hand in this file and the folder runs/ beside it: hw_mlp.py has written a log (runs/<name>.json) and
the weights (runs/<name>.hdf5) of each run there.
"""

# TODO(report_claims.choice): the run that you chose by its validation accuracy: "relu-0.1" for
# runs/relu-0.1.json.
CHOSEN_RUN = None

# TODO(report_claims.test_accuracy): the test accuracy in your report, as a fraction: 0.9812 for
# 98.12 %.
TEST_ACCURACY = None

# The weights that it was measured with. None: those of the chosen run. The name of another HDF5
# file here or in runs/, if you trained the network once more on all examples: "runs/final.hdf5".
WEIGHTS = None
