"""Runner scope doctor: finds Forgejo runner rows whose scope can never receive a job."""

__version__ = "0.1.0"
