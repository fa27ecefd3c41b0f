"""What the ledger refuses, each with a sentence for whoever asked."""

from __future__ import annotations


class LedgerError(Exception):
    """The base of them all."""


class LedgerUnavailableError(LedgerError):
    """The database or the disk does not answer; later it may."""


class DamagedLedgerError(LedgerError):
    """The file is not a ledger, or no longer one."""


class NewerLedgerError(LedgerError):
    """It was written by a later version of the program."""


class LedgerKeyError(LedgerError):
    """LEDGER_KEY is missing, wrong or not needed; the ledger is as it was."""


class LedgerInUseError(LedgerError):
    """Another service has it."""


class NoSuchStillError(LedgerError):
    """The job or the picture is not there."""


class KeyTakenError(LedgerError):
    """The owner's key already stands for another request."""


class PictureInUseError(LedgerError):
    """A job that is on its way is made from it."""


class TooManyStillsError(LedgerError):
    """A limit of the queue."""


class DiskFullError(LedgerError):
    """There is no room that a picture could be kept in."""


class EventsGoneError(LedgerError):
    """Older events than there are: the client takes the whole state."""


class InvalidStillError(LedgerError):
    """A number or a name that cannot be."""
