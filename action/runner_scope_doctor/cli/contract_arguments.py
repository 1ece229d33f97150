"""What `contract compare` and `contract describe` take."""

from __future__ import annotations

from argparse import ArgumentParser


def add_compare(compare: ArgumentParser) -> None:
    """The two contracts and the look that both judge."""
    compare.add_argument("old", metavar="OLD", help="the contract as it was; /dev/null where there was none")
    compare.add_argument("new", metavar="NEW", help="the contract as it is to be")
    compare.add_argument("--snapshot", metavar="FILE", help="the saved look; from `check --save-snapshot FILE`")
    compare.add_argument(
        "--fail-on",
        metavar="SEVERITY",
        help="least severity of a new finding that ends with 10: error (default), warning",
    )


def add_describe(describe: ArgumentParser) -> None:
    """The contract, and the page that holds its table, if any."""
    describe.add_argument("file", metavar="FILE", help="the contract, such as runner-scope.yml")
    page = describe.add_mutually_exclusive_group()
    page.add_argument("--check", metavar="PAGE", help="compare with the table in that page; 10 when they differ")
    page.add_argument("--write", metavar="PAGE", help="write the table into that page, between its two marks")
