"""Berlin gets bins on the last day: docks, picking faces, storage, quarantine; some goods still lie at the dock."""

from inventory.bins import services as making
from inventory.bins.drafts import Draft
from inventory.bins.states import BinKind
from inventory.stock.models import Level
from inventory.storing import queries, services
from inventory.storing.models import StorageRule
from inventory.storing.services import Wanted
from oms.demo.world import World

SITE = "BER"
_FACES = ("A", "B")  # aisles near the packing bench
_FREE = 6  # bins at the end of each aisle that nothing lies in yet
_AT_DOCK = 3  # articles that wait to be put away


def store(world: World) -> None:
    """Make the bins of Berlin, let it use them, and put most of what lies at the dock away."""
    site = world.locations[SITE]
    if site.uses_bins:
        return
    manager, packer = world.staff["manager"], world.packers(SITE)
    codes = sorted(
        set(
            Level.objects.filter(location=site)
            .exclude(bin_code="")
            .values_list("bin_code", flat=True)
        )
    )
    making.make(location_id=site.pk, bins=_drafts(codes), actor=manager)
    world.locations[SITE] = site = services.switch_on(
        location_id=site.pk, actor=manager, by_bin_codes=True
    )
    services.reckon(location_id=site.pk)
    StorageRule.objects.bulk_create(
        [
            StorageRule(location=site, abc="A", kind=BinKind.PICK_FACE),
            StorageRule(location=site, category="Textiles", zone="C", rank=5),
        ]
    )
    for content in queries.to_put_away(site.pk)[_AT_DOCK:]:
        advice = queries.advise(
            location_id=site.pk,
            sku_id=content.level.sku_id,
            quantity=content.quantity,
            condition=content.condition,
        )
        for proposal in advice.proposals:
            services.put_away(
                wanted=Wanted(
                    site.pk,
                    content.level.sku_id,
                    proposal.units,
                    content.bin_id,
                    proposal.bin_id,
                    condition=content.condition,
                ),
                key=f"demo:{content.pk}:{proposal.bin_id}",
                actor=packer,
            )


def _drafts(codes: list[str]) -> list[Draft]:
    """Return docks and quarantine, the bins that goods lie in already, and some that are free."""
    shelves = []
    for code in codes:
        aisle, rack, tier = code.split("-")
        shelves.append((aisle, rack, tier))
    for aisle in sorted({aisle for aisle, _, _ in shelves}):
        shelves += [(aisle, "09", str(tier)) for tier in range(1, _FREE + 1)]
    return [
        Draft("DOCK", BinKind.RECEIVING, walk_order=0),
        *(
            Draft(
                f"{aisle}-{rack}-{tier}",
                BinKind.PICK_FACE if aisle in _FACES else BinKind.STORAGE,
                zone=aisle,
                rack=rack,
                tier=tier,
                walk_order=10 * place,
                max_weight_g=60_000,
            )
            for place, (aisle, rack, tier) in enumerate(sorted(shelves), start=1)
        ),
        Draft("QUAR-1", BinKind.QUARANTINE, zone="Q", walk_order=9_000),
        Draft("CROSS", BinKind.CROSSDOCK, walk_order=9_500),
        Draft("OUT", BinKind.OUTBOUND, walk_order=9_900),
    ]
