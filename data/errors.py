"""The one kind of error that the data package raises for bad input."""


class DataError(ValueError):
    """A data file is missing, damaged or of another shape; the text is one line naming it."""
