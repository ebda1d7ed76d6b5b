"""Writers: one module per format, each with `write(report, stream, **options)`.

A writer gets a finished value and an open text stream; `files` alone owns files. Whatever a
submission can have written into a report is made visible and capped before it is shown.
"""
