"""The purchase order as a UBL 2.1 Order (OASIS, ISO/IEC 19845).

Elements stand in the sequence of the published schema. Quantities are counted in pieces (C62 of UN/ECE
recommendation 20); codes of articles are the buyer's, the seller's and the GTIN.
"""

from decimal import Decimal
from xml.etree import ElementTree as ET

from inventory.catalog import rules as catalog
from inventory.purchasing.sheet import Party, Sheet, SheetLine

ORDER = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
MEDIA_TYPE = "application/xml"
_PIECE = "C62"
_GTIN = "0160"  # ISO/IEC 6523
_STANDARD_ORDER = "220"  # UN/ECE 1001


def order(sheet: Sheet) -> bytes:
    """Return the document in UTF-8."""
    ET.register_namespace("", ORDER)
    ET.register_namespace("cac", CAC)
    ET.register_namespace("cbc", CBC)
    root = ET.Element(f"{{{ORDER}}}Order")
    _text(root, "UBLVersionID", "2.1")
    _text(root, "ID", sheet.number)
    _text(root, "IssueDate", sheet.placed_on.isoformat())
    _text(root, "IssueTime", f"{sheet.placed_at:%H:%M:%S}Z")
    _text(root, "OrderTypeCode", _STANDARD_ORDER)
    if sheet.note:
        _text(root, "Note", sheet.note)
    _text(root, "DocumentCurrencyCode", sheet.currency)
    _text(root, "LineCountNumeric", str(len(sheet.lines)))
    buyer = _group(root, "BuyerCustomerParty")
    if sheet.account_number:
        _text(buyer, "SupplierAssignedAccountID", sheet.account_number)
    _party(buyer, sheet.buyer)
    seller = _group(root, "SellerSupplierParty")
    _text(seller, "CustomerAssignedAccountID", sheet.seller.code)
    _party(seller, sheet.seller)
    _address(_group(root, "Delivery"), "DeliveryAddress", sheet.buyer)
    total = _group(root, "AnticipatedMonetaryTotal")
    _amount(total, "LineExtensionAmount", sheet.total, sheet.currency)
    _amount(total, "PayableAmount", sheet.total, sheet.currency)
    for line in sheet.lines:
        _line(root, line, sheet.currency)
    ET.indent(root)
    return ET.tostring(root, encoding="UTF-8", xml_declaration=True)


def _line(root: ET.Element, line: SheetLine, currency: str) -> None:
    item = _group(_group(root, "OrderLine"), "LineItem")
    _text(item, "ID", str(line.position))
    _text(item, "Quantity", str(line.quantity), unitCode=_PIECE)
    _amount(item, "LineExtensionAmount", line.amount, currency)
    if line.expected_on:
        period = _group(_group(item, "Delivery"), "RequestedDeliveryPeriod")
        _text(period, "EndDate", line.expected_on.isoformat())
    price = _group(item, "Price")
    _amount(price, "PriceAmount", line.unit_cost, currency)
    _text(price, "BaseQuantity", "1", unitCode=_PIECE)
    article = _group(item, "Item")
    _text(article, "Name", line.name)
    _text(_group(article, "BuyersItemIdentification"), "ID", line.sku)
    if line.supplier_code:
        _text(_group(article, "SellersItemIdentification"), "ID", line.supplier_code)
    if catalog.looks_like_gtin(line.barcode) and catalog.has_right_check_digit(line.barcode):
        _text(_group(article, "StandardItemIdentification"), "ID", line.barcode, schemeID=_GTIN)


def _party(parent: ET.Element, party: Party) -> None:
    group = _group(parent, "Party")
    _text(_group(group, "PartyName"), "Name", party.name)
    _address(group, "PostalAddress", party)


def _address(parent: ET.Element, name: str, party: Party) -> None:
    group = _group(parent, name)
    for tag, value in (
        ("StreetName", party.street[0] if party.street else ""),
        ("AdditionalStreetName", ", ".join(party.street[1:])),
        ("CityName", party.city),
        ("PostalZone", party.postcode),
        ("CountrySubentity", party.region),
    ):
        if value:
            _text(group, tag, value)
    if party.country:
        _text(_group(group, "Country"), "IdentificationCode", party.country)


def _group(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{CAC}}}{name}")


def _text(parent: ET.Element, name: str, value: str, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = value


def _amount(parent: ET.Element, name: str, value: Decimal, currency: str) -> None:
    _text(parent, name, f"{value:f}", currencyID=currency)
