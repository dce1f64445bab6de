"""Files that gaitmap writes: whole or not at all, by one writer at a time, and never over what is not its own."""

from gaitmap._files._lock import locked
from gaitmap._files._owned import LEDGER, NotOursError, check_own, is_own, remove_own, staged, write_own
from gaitmap._files._signature import NotSignedHereError, signed_bytes, signer, tag_of, verified_bytes
from gaitmap._files._write import flush, replacing, write_file

__all__ = [
    "LEDGER",
    "NotOursError",
    "NotSignedHereError",
    "check_own",
    "flush",
    "is_own",
    "locked",
    "remove_own",
    "replacing",
    "signed_bytes",
    "signer",
    "staged",
    "tag_of",
    "verified_bytes",
    "write_file",
    "write_own",
]
