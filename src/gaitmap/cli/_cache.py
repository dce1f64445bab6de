"""``gaitmap cache``: look into a cache of results, check it, and delete from it."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from gaitmap.cli._console import emit, fail, input_errors, out

if TYPE_CHECKING:
    from gaitmap.caching import CacheEntry

app = typer.Typer(
    name="cache",
    help="Look into a cache of results (the folder given to --cache or joblib.Memory), check it, and delete from it.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the cache.")]
Function = Annotated[str | None, typer.Option("--function", "-f", help="Only entries of this function.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted, and delete nothing.")]

_AGE_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}


@app.command()
def stats(folder: Folder, as_json: AsJson = False) -> None:
    """Show how many results of each function are stored, and how much space they take."""
    from gaitmap.caching._store import leftovers

    store, entries = _open(folder)
    unfinished = [path.lstat().st_size for path in leftovers(store)]
    functions = sorted({entry.function for entry in entries})
    rows = [_summary(name, [entry for entry in entries if entry.function == name]) for name in functions]
    total = _summary("all", entries)
    if as_json:
        _print_json({"folder": str(store), "functions": rows, "total": total, "leftover_bytes": sum(unfinished)})
        return
    table = _table("function", "entries", "size", "hits", "stale", "last used")
    for row in [*rows, total]:
        table.add_row(
            escape(row["function"]),
            str(row["entries"]),
            readable_size(row["bytes"]),
            str(row["hits"]),
            str(row["stale"]),
            _ago(row["last_used"]),
        )
    out.print(table)
    if unfinished:
        size = readable_size(sum(unfinished))
        out.print(f"{len(unfinished)} unfinished files ({size}): delete them with prune --tmp.")
    _tell_of_joblib(entries)


@app.command("ls")
def list_entries(
    folder: Folder,
    function: Function = None,
    sort: Annotated[str, typer.Option(help="Order: size, age (last used first) or hits.")] = "age",
    as_json: AsJson = False,
) -> None:
    """List the entries."""
    keys: dict[str, Any] = {
        "size": lambda entry: -entry.size,
        "age": lambda entry: -entry.last_used.timestamp(),
        "hits": lambda entry: -entry.hits,
    }
    if sort not in keys:
        fail(f"--sort must be one of {', '.join(keys)}. Got '{sort}'.")
    _, entries = _open(folder)
    entries = sorted(_of_function(entries, function), key=keys[sort])
    if as_json:
        _print_json([_as_dict(entry) for entry in entries])
        return
    table = _table("id", "size", "hits", "created", "last used", "version", "function")
    for entry in entries:
        table.add_row(
            entry.digest[:12],
            readable_size(entry.size),
            str(entry.hits),
            _ago(entry.created),
            _ago(entry.last_used),
            escape(_version(entry)),
            escape(entry.function),
        )
    out.print(table)


@app.command()
def show(
    folder: Folder,
    entry_id: Annotated[str, typer.Argument(metavar="ID", help="The id of an entry, or the first digits of it.")],
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one entry."""
    import dataclasses

    from gaitmap.caching._store import check_entry, describe_entry

    _, entries = _open(folder)
    found = [entry for entry in entries if entry.digest.startswith(entry_id)]
    if len(found) != 1:
        fail(f"{len(found)} entries have an id that starts with '{entry_id}'. Expected one; see 'gaitmap cache ls'.")
    entry = dataclasses.replace(found[0], checksum=check_entry(found[0]))
    details = {**_as_dict(entry), **describe_entry(entry)}
    if as_json:
        _print_json(details)
        return
    details.update(
        size=readable_size(entry.size),
        created=f"{entry.created:%Y-%m-%d %H:%M} UTC ({_ago(entry.created)})",
        last_used=f"{entry.last_used:%Y-%m-%d %H:%M} UTC ({_ago(entry.last_used)})",
    )
    for name, value in details.items():
        text = ", ".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, dict) else str(value)
        out.print(f"[bold]{name}[/]: {escape(text)}")


@app.command()
def verify(folder: Folder, as_json: AsJson = False) -> None:
    """Compare all entries with their checksums; exit status 1 if some are damaged."""
    import dataclasses

    from gaitmap.caching._store import check_entry

    _, entries = _open(folder)
    entries = [dataclasses.replace(entry, checksum=check_entry(entry)) for entry in entries]
    damaged = [entry for entry in entries if entry.checksum == "corrupt"]
    states = ("ok", "corrupt", "none", "foreign")
    counts = {state: sum(entry.checksum == state for entry in entries) for state in states}
    if as_json:
        _print_json({**counts, "damaged": [_as_dict(entry) for entry in damaged]})
    else:
        for entry in damaged:
            out.print(f"damaged: {entry.digest} {escape(entry.function)}")
        out.print(f"{counts['ok']} whole, {counts['corrupt']} damaged, {counts['none']} without checksum.")
        if counts["foreign"]:
            out.print(
                f"{counts['foreign']} were stored by somebody else and are not loaded; see 'gaitmap cache trust'."
            )
        if damaged:
            out.print("Damaged entries are computed anew when they are needed. Delete them with prune --corrupt.")
    if damaged:
        raise typer.Exit(1)


@app.command()
def prune(
    folder: Folder,
    max_bytes: Annotated[
        str | None, typer.Option("--bytes", help="Keep at most this much, such as 500M or 5G.")
    ] = None,
    items: Annotated[int | None, typer.Option(help="Keep at most this many entries.", min=0)] = None,
    age: Annotated[str | None, typer.Option(help="Delete what was not used for this long, such as 12h or 30d.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Delete entries of other versions of gaitmap.")] = False,
    corrupt: Annotated[bool, typer.Option("--corrupt", help="Delete damaged entries.")] = False,
    tmp: Annotated[bool, typer.Option("--tmp", help="Delete unfinished files older than one hour.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Delete entries that are old, many, damaged or of no more use; least recently used ones first."""
    from gaitmap.caching._limits import Limits, choose_entries, remove_leftovers
    from gaitmap.caching._store import check_entry, leftovers

    if max_bytes is None and items is None and age is None and not (stale or corrupt or tmp):
        fail("Say what to delete: at least one of --bytes, --items, --age, --stale, --corrupt, --tmp.")
    with input_errors():
        limits = Limits.of(_parse_size(max_bytes), items, _parse_age(age))
    store, entries = _open(folder)
    entries = [entry for entry in entries if entry.checksum != "none"]
    chosen = [entry for entry in entries if (stale and entry.stale) or (corrupt and check_entry(entry) == "corrupt")]
    chosen += choose_entries([entry for entry in entries if entry not in chosen], limits)
    deleted, freed = _delete(chosen, dry_run)
    unfinished = []
    if tmp:
        unfinished = [(path, path.lstat().st_size) for path in leftovers(store)] if dry_run else remove_leftovers(store)
        freed += sum(size for _, size in unfinished)
    _report(deleted, freed, [str(path) for path, _ in unfinished], dry_run, as_json)


@app.command()
def clear(
    folder: Folder,
    function: Function = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Delete all entries, or those of one function."""
    from gaitmap.caching._limits import remove_leftovers
    from gaitmap.caching._store import remove_empty_folders

    store, everything = _open(folder)
    entries = [entry for entry in _of_function(everything, function) if entry.checksum != "none"]
    if not (yes or dry_run) and not typer.confirm(f"Delete {len(entries)} entries in {store}?", err=True):
        raise typer.Exit(1)
    deleted, freed = _delete(entries, dry_run)
    if not dry_run:
        freed += sum(size for _, size in remove_leftovers(store))
        remove_empty_folders(store)
    _report(deleted, freed, [], dry_run, as_json)
    if not as_json:
        _tell_of_joblib(_of_function(everything, function))


@app.command()
def trust(
    folder: Folder,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Let results that somebody else stored be loaded, which runs code of whoever stored them."""
    from gaitmap.caching._entry import EntryFolder
    from gaitmap.caching._store import check_entry

    store, entries = _open(folder)
    foreign = [entry for entry in entries if check_entry(entry) == "foreign"]
    question = f"{len(foreign)} results in {store} can run code of whoever stored them. Do you trust them?"
    if foreign and not yes and not typer.confirm(question, err=True):
        raise typer.Exit(1)
    with input_errors():
        for entry in foreign:
            EntryFolder(entry.path).sign()
    out.print(f"{len(foreign)} results of others are loaded from now on.")


def _open(folder: Path) -> tuple[Path, "list[CacheEntry]"]:
    from gaitmap.caching import inspect_cache
    from gaitmap.caching._store import find_store

    with input_errors():
        return find_store(folder), inspect_cache(folder, check=False)


def _of_function(entries: "Iterable[CacheEntry]", function: str | None) -> "list[CacheEntry]":
    """Choose by the whole name, its beginning (a module) or its end (the bare name)."""
    if function is None:
        return list(entries)
    return [entry for entry in entries if f".{function}." in f".{entry.function}."]


def _delete(entries: "Sequence[CacheEntry]", dry_run: bool) -> "tuple[list[CacheEntry], int]":
    from gaitmap.caching._limits import remove_entries

    deleted = list(entries) if dry_run else remove_entries(entries)
    return deleted, sum(entry.size for entry in deleted)


def _tell_of_joblib(entries: "Sequence[CacheEntry]") -> None:
    n_entries = sum(entry.checksum == "none" for entry in entries)
    if n_entries:
        out.print(f"{n_entries} entries are of plain joblib and stay; 'clear' of the joblib.Memory deletes them.")


def _report(deleted: "Sequence[CacheEntry]", freed: int, leftovers: list[str], dry_run: bool, as_json: bool) -> None:
    if as_json:
        entries = [_as_dict(entry) for entry in deleted]
        _print_json({"dry_run": dry_run, "bytes_freed": freed, "deleted": entries, "unfinished_files": leftovers})
        return
    for entry in deleted:
        out.print(f"{entry.digest}  {readable_size(entry.size):>9}  {escape(entry.function)}")
    for name in leftovers:
        out.print(escape(name))
    what = f"{len(deleted)} entries" + (f" and {len(leftovers)} unfinished files" if leftovers else "")
    out.print(f"{'Would delete' if dry_run else 'Deleted'} {what}, {readable_size(freed)} freed.")


def _summary(name: str, entries: "Sequence[CacheEntry]") -> dict[str, Any]:
    return {
        "function": name,
        "entries": len(entries),
        "bytes": sum(entry.size for entry in entries),
        "hits": sum(entry.hits for entry in entries),
        "stale": sum(entry.stale for entry in entries),
        "last_used": max((entry.last_used for entry in entries), default=None),
    }


def _as_dict(entry: "CacheEntry") -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(entry)


def _print_json(content: Any) -> None:
    emit(json.dumps(content, indent=2, default=lambda value: getattr(value, "isoformat", value.__str__)()))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in ("size", "entries", "hits", "stale") else "left")
    return table


def _version(entry: "CacheEntry") -> str:
    if entry.package_version is None:
        return "-"
    return entry.package_version + (" (stale)" if entry.stale else "")


def readable_size(n_bytes: float) -> str:
    """Write a number of bytes as people do: 25.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 999.5:
            return f"{n_bytes:.0f} {unit}" if unit == "B" or n_bytes >= 100 else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


def _ago(moment: Any) -> str:
    from datetime import UTC, datetime

    if moment is None:
        return "-"
    seconds = max(0.0, (datetime.now(tz=UTC) - moment).total_seconds())
    for unit, length in (("year", 365 * 86400), ("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return "just now"


def _parse_size(text: str | None) -> int | None:
    """Understand 2000, 500k, 1.5 GB, 5G."""
    if text is None:
        return None
    number = text.strip().upper().removesuffix("B")
    power = "KMGT".find(number[-1:]) + 1 if number[-1:] else 0
    try:
        return int(float(number[:-1] if power else number) * 1000**power)
    except ValueError:
        raise ValueError(f"--bytes must be a number with or without K, M, G or T. Got '{text}'.") from None


def _parse_age(text: str | None) -> timedelta | None:
    """Understand 90s, 30m, 12h, 30d, 2w, 1y."""
    if text is None:
        return None
    try:
        return timedelta(seconds=float(text.strip()[:-1]) * _AGE_UNITS[text.strip()[-1:].lower()])
    except (ValueError, KeyError):
        raise ValueError(
            f"--age must be a number with one of {', '.join(_AGE_UNITS)}, as in 30d. Got '{text}'."
        ) from None
