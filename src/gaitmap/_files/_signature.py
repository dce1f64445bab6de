"""Bytes that this user wrote on this machine, told from those that came from elsewhere.

A pickle runs code when it is read. Pickles that gaitmap keeps to go on from carry a tag (HMAC-SHA-256) made with a key
that only the user can read; the tag is checked before anything else looks at the bytes.
"""

import hashlib
import hmac
import os
import secrets
import stat
import sys
from pathlib import Path

_MARK = b"gaitmap-signed-1\n"
_KEY_BYTES = 32
_TAG_BYTES = hashlib.sha256().digest_size


class NotSignedHereError(ValueError):
    """Bytes carry no tag of this user, or were changed since."""


def signed_bytes(content: bytes, purpose: str) -> bytes:
    """Put a tag in front of bytes.

    Parameters
    ----------
    content
        The bytes.
    purpose
        What they are, such as the name of the file and of the run: bytes signed for one purpose are good for no other.
    """
    return _MARK + _tag(content, purpose) + content


def verified_bytes(signed: bytes, purpose: str) -> bytes:
    """Give the bytes behind a tag, if this user signed them for this purpose.

    Raises
    ------
    NotSignedHereError
        If not; the bytes must not be loaded then.
    """
    head, content = signed[: len(_MARK) + _TAG_BYTES], signed[len(_MARK) + _TAG_BYTES :]
    if not hmac.compare_digest(head, _MARK + _tag(content, purpose)):
        raise NotSignedHereError("The bytes were not written by this user, or were changed since.")
    return content


def tag_of(purpose: str) -> str:
    """Give a text that nobody but this user can make, always the same one for a purpose: for names of files."""
    return _tag(b"", f"name/{purpose}").hex()


def _tag(content: bytes, purpose: str) -> bytes:
    tag = signer(purpose)
    tag.update(content)
    return tag.digest()


def signer(purpose: str) -> hmac.HMAC:
    """Give what makes the tag of bytes that come in parts, by its ``update`` and ``digest``."""
    tag = hmac.new(_key(), digestmod=hashlib.sha256)
    tag.update(len(purpose.encode()).to_bytes(8, "big"))
    tag.update(purpose.encode())
    return tag


def key_file() -> Path:
    """Where the key of this user is."""
    if own := os.environ.get("GAITMAP_CONFIG_DIR"):
        base = Path(own)
    elif sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "gaitmap"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support" / "gaitmap"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "gaitmap"
    return base / "signing.key"


_made_here: dict[Path, bytes] = {}


def _key() -> bytes:
    """Read the key, or make it on first use. One that others could read or write is not used."""
    path = key_file()
    if path in _made_here:
        return _made_here[path]
    try:
        key = _read_key(path) or _make_key(path)
    except OSError:
        # Nowhere to keep a key: what is signed in this process can be verified in this process alone.
        key = secrets.token_bytes(_KEY_BYTES)
    _made_here[path] = key
    return key


def _read_key(path: Path) -> bytes | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    if os.name == "posix" and (found.st_uid != os.getuid() or found.st_mode & 0o077):
        return None
    key = path.read_bytes()
    return key if len(key) == _KEY_BYTES else None


def _make_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # Of several processes that make a key at once, the first one wins, and all use its key.
        try:
            os.link(unfinished, path)
        except FileExistsError:
            if _read_key(path) is None:
                unfinished.replace(path)
        except OSError:  # a file system without hard links
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    key = _read_key(path)
    if key is None:
        raise PermissionError(f"The key '{path}' can be read by others.")
    return key
