"""Errors of a wrong program, command or configuration; bad data is an `Issue` instead.

TrucewatchError
├── CommandError        a wrong command or setting; the command line exits with code 2
│   ├── AgreementError  an agreement file that cannot be used; names file, line and fix
│   └── ConfigError
└── EvidenceError       the log or a blob is not what it claims to be
    ├── VerifyError     a proof, signature or digest does not match; fails closed
    ├── LockedError     a second writer
    └── SealedError     a body whose key was destroyed
"""

__all__ = [
    "AgreementError",
    "CommandError",
    "ConfigError",
    "EvidenceError",
    "LockedError",
    "SealedError",
    "TrucewatchError",
    "VerifyError",
]


class TrucewatchError(Exception):
    """Every error that trucewatch raises on purpose; its text says what was found, what was needed, what to do."""


class CommandError(TrucewatchError):
    """A command that cannot be carried out as given."""


class AgreementError(CommandError):
    """An agreement that cannot be used as written."""


class ConfigError(CommandError):
    """A setting outside its range."""


class EvidenceError(TrucewatchError):
    """The evidence on disk cannot be used."""


class VerifyError(EvidenceError):
    """Something in the log does not verify."""


class LockedError(EvidenceError):
    """Another process is writing to this log."""


class SealedError(EvidenceError):
    """The key of this body was destroyed; the log still verifies, the body cannot be read."""
