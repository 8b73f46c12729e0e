"""PostgreSQL refuses to run as root: the ways to be somebody else for it, on machines where all there is is root."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from loa.embedded import parents

NOBODY = 65534


class Identity(Protocol):
    """Whom a program runs as, and what has to be true of its files for that."""

    @property
    def preexec(self) -> Callable[[], None] | None:
        """Runs in the new process before the program does."""
        ...

    def programs(self, folder: Path) -> Path:
        """Where this identity finds the programs of `folder`."""
        ...

    def data_folder(self, folder: Path) -> Path:
        """Where this identity can keep data that belongs at `folder`."""
        ...

    def empty(self, folder: Path) -> None:
        """Make `folder` an empty one of this identity's own."""
        ...

    def share(self, file: Path) -> None:
        """Let this identity, and nobody else, read a file."""
        ...


class AsMyself:
    """The ordinary case: not root, so nothing is special."""

    preexec: Callable[[], None] | None = None

    def programs(self, folder: Path) -> Path:
        return folder

    def data_folder(self, folder: Path) -> Path:
        return folder

    def empty(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)

    def share(self, file: Path) -> None:
        del file


class InUserNamespace(AsMyself):
    """Root becomes nobody in a user namespace of its own; on the disk everything still belongs to root."""

    def __init__(self) -> None:
        self.preexec = partial(parents.enter_user_namespace, NOBODY)

    def data_folder(self, folder: Path) -> Path:
        _give(folder, os.geteuid(), os.getegid())
        return folder


class AsNobody(AsMyself):
    """Where user namespaces are forbidden: really nobody, with programs and data where nobody can reach them."""

    def __init__(self, user: int = NOBODY, temporary: Path | None = None) -> None:
        self.user = user
        self.temporary = temporary or Path(tempfile.gettempdir())
        self.preexec = self._become

    def _become(self) -> None:
        os.setgroups([])
        os.setgid(self.user)
        os.setuid(self.user)

    def programs(self, folder: Path) -> Path:
        """Copy an installation that nobody may not reach; its libraries lie beside the package, in `*.libs`."""
        if _reachable(folder):
            return folder
        package = folder.parent.parent
        copy = self._private_place("programs", package)
        if not copy.exists():
            # Made under another name first, so that an interrupted copy is never taken for a whole one.
            draft = Path(tempfile.mkdtemp(prefix="loa-copy-", dir=self.temporary))
            shutil.copytree(package, draft / package.name)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, draft / libraries.name)
            draft.chmod(0o755)
            draft.rename(copy)
        return copy / package.name / folder.parent.name / folder.name

    def data_folder(self, folder: Path) -> Path:
        """The folder itself when nobody can walk to it, else one beside the temporary files."""
        chosen = folder if _reachable(folder.parent) else self._private_place("data", folder)
        _give(chosen, self.user, self.user)
        return chosen

    def empty(self, folder: Path) -> None:
        super().empty(folder)
        os.chown(folder, self.user, self.user)

    def share(self, file: Path) -> None:
        os.chown(file, self.user, self.user)

    def _private_place(self, what: str, path: Path) -> Path:
        key = hashlib.sha256(f"{path}:{path.stat().st_mtime_ns if what == 'programs' else ''}".encode()).hexdigest()
        return self.temporary / f"loa-{what}-{key[:16]}"


def _reachable(folder: Path) -> bool:
    """Whether everybody may walk into a folder."""
    return all(not part.exists() or part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def _give(folder: Path, user: int, group: int) -> None:
    """An earlier start may have run as somebody else."""
    if not folder.exists() or folder.stat().st_uid == user:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, group, follow_symlinks=False)


@cache
def identity() -> Identity:
    """Whom PostgreSQL runs as on this machine."""
    if os.name == "nt" or os.geteuid() != 0:
        return AsMyself()
    return InUserNamespace() if _user_namespaces_work() else AsNobody(_nobody())


def _nobody() -> int:
    import pwd  # not on Windows

    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return NOBODY


def _user_namespaces_work() -> bool:
    try:
        subprocess.run(["/bin/true"], preexec_fn=InUserNamespace().preexec, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
