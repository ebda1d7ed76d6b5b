"""Write the table of docs/security.md anew, or run the attacks.

python -m meta_tests.attacks            write the table
python -m meta_tests.attacks run [TEXT] run those with TEXT in their names, and say what is wrong
"""

from __future__ import annotations

import sys
import time

from meta_tests.attacks import table
from meta_tests.attacks.judging import judged
from meta_tests.attacks.record import CONFIGURATIONS
from meta_tests.attacks.staging import lacking, run


def main(arguments: list[str]) -> int:
    """Do as asked; the number of attacks that did not meet what they should."""
    if arguments[:1] == ["run"]:
        return sum(attack(one, "".join(arguments[1:])) for one in CONFIGURATIONS)
    before, _, after = table.parts()
    table.DOCUMENT.write_text(before + table.text() + after, "utf-8")
    return 0


def attack(configuration: str, only: str) -> int:
    """Run the attacks in one configuration, and print what is wrong."""
    why = lacking(configuration)
    if why:
        print(f"{configuration}: left out, {why}")
        return 0
    start = time.monotonic()
    found = run(configuration, only)
    wrong = [line for lines in judged(found, configuration).values() for line in lines]
    seconds = time.monotonic() - start
    print(f"{configuration}: {len(found)} runs, {len(wrong)} wrong, {seconds:.0f} s")
    print("".join(f"  {line}\n" for line in wrong), end="")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
