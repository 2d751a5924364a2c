"""The demo: fill, tell, fulfil, empty."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from inventory.locations.models import Location
from oms.core.errors import DomainError
from oms.demo import fulfilling, history, screen, seeding, story, world
from orders.channels.models import Channel


class Command(BaseCommand):
    """Show the product at work."""

    help = "Demo data, the told story of one order, and working orders through to delivery."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the acts and their options."""
        acts = parser.add_subparsers(dest="act", required=True)
        seed = acts.add_parser("seed", help="set a company up and live its history, once")
        seed.add_argument("--orders", type=int, default=history.ORDERS, help="default: %(default)s")
        seed.add_argument("--days", type=int, default=history.DAYS, help="default: %(default)s")
        acts.add_parser("story", help="tell the life of one order, and look over the books")
        acts.add_parser("reset", help="empty the embedded database")
        fulfil = acts.add_parser("fulfil", help="work a channel's orders through to delivery")
        fulfil.add_argument("--channel", required=True, help="code of the channel")
        fulfil.add_argument(
            "--receive-missing",
            metavar="CODES",
            help="first receive what the orders wait for, by turns at these locations: BER,HAM",
        )
        fulfil.add_argument(
            "--until", choices=("shipped", "delivered"), default="delivered", help="how far"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one act; a refusal is a sentence."""
        try:
            getattr(self, f"_{options['act']}")(options)
        except (DomainError, story.WentWrong) as error:
            raise CommandError(str(error)) from error

    def _seed(self, options: dict[str, Any]) -> None:
        if options["orders"] < 0 or not 2 <= options["days"] <= 3_650:
            raise CommandError("--orders is 0 or more, --days is 2 to 3650.")
        with screen.progress(self._console()) as show:
            placed = seeding.seed(
                orders=options["orders"],
                days=options["days"],
                progress=lambda at, orders: show(
                    f"{at:%d %B}, {orders} orders", min(1.0, orders / max(1, options["orders"]))
                ),
            )
        world.tell()
        if placed:
            self.stdout.write(f"    {placed} orders in {options['days']} days")
        else:
            self.stdout.write("    the demo data are there already")
        self.stdout.write(f"    logins and API key: {world.note_path()}")

    def _story(self, options: dict[str, Any]) -> None:
        broken = story.tell(say=self._say)
        if broken:
            raise CommandError("The books are wrong:\n  " + "\n  ".join(broken))
        self.stdout.write("Everything came out as it should.")

    def _say(self, words: str) -> None:
        self.stdout.write(words, ending="")
        self.stdout.flush()

    def _fulfil(self, options: dict[str, Any]) -> None:
        channel = Channel.objects.filter(code=options["channel"]).first()
        if channel is None:
            raise CommandError(f"There is no channel {options['channel']}.")
        codes = [code for code in (options["receive_missing"] or "").split(",") if code]
        places = {place.code: place for place in Location.objects.filter(code__in=codes)}
        if len(places) < len(set(codes)):
            raise CommandError(f"Not all of these are locations: {', '.join(codes)}.")
        with screen.progress(self._console()) as show:
            done = fulfilling.fulfil(
                channel=channel,
                locations=[places[code] for code in codes],
                receive_missing=bool(codes),
                deliver=options["until"] == "delivered",
                progress=lambda what, at, total: show(f"{what} {at} of {total}", at / total),
            )
        self.stdout.write(
            f"{done.received} units received, {done.parcels} parcels sent, {done.delivered} delivered; "
            f"{done.orders} orders of {channel.name} are complete."
        )
        for words, times in done.stuck.most_common():
            self.stdout.write(f"  {times} times: {words}")

    def _reset(self, options: dict[str, Any]) -> None:
        seeding.reset()
        self.stdout.write("The database is empty; `manage.py demo seed` fills it again.")

    def _console(self) -> Console:
        return Console(file=sys.stdout)
