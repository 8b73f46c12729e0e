"""Shortens the phone's scripts for `static/built`: `python -m survey.web.minify`, with Node, after a change of them."""

import subprocess
import sys

from survey.web.assets import BUILT, FILES, source, source_mark

# Names inside are shortened, too, which no space-remover does: 2 KB of 10 over the network.
TERSER = ["npx", "--yes", "terser@5.44.0", "--compress", "--mangle", "--enclose", "--ecma", "2017"]


def minified(name: str) -> str:
    """Return a script as short as it gets, below a line that names the sources that it was made from."""
    done = subprocess.run(TERSER, input=source(name), capture_output=True, check=True)
    return f"// {source_mark(name)}\n{done.stdout.decode().strip()}\n"


def main() -> None:
    """Write every script anew."""
    BUILT.mkdir(exist_ok=True)
    for name in FILES:
        if name.endswith(".js"):
            (BUILT / name).write_text(minified(name), encoding="utf-8")
            sys.stdout.write(f"{name} {len((BUILT / name).read_bytes())} bytes\n")


if __name__ == "__main__":
    main()
