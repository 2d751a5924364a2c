"""The UBL order: its elements in the sequence of the published schema."""

from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

from inventory.purchasing import ubl
from tests.inventory.purchasing.sheets import sheet

# UBL 2.1 (OASIS, 4 November 2013): the sequences of the types that are used, without what stands behind the last one.
SEQUENCES = {
    "Order": "UBLVersionID CustomizationID ProfileID ProfileExecutionID ID SalesOrderID CopyIndicator UUID IssueDate"
    " IssueTime OrderTypeCode Note RequestedInvoiceCurrencyCode DocumentCurrencyCode PricingCurrencyCode"
    " TaxCurrencyCode CustomerReference AccountingCostCode AccountingCost LineCountNumeric ValidityPeriod"
    " QuotationDocumentReference OrderDocumentReference OriginatorDocumentReference CatalogueReference"
    " AdditionalDocumentReference Contract ProjectReference Signature BuyerCustomerParty SellerSupplierParty"
    " OriginatorCustomerParty FreightForwarderParty AccountingCustomerParty Delivery DeliveryTerms PaymentMeans"
    " PaymentTerms TransactionConditions AllowanceCharge TaxExchangeRate PricingExchangeRate PaymentExchangeRate"
    " DestinationCountry TaxTotal AnticipatedMonetaryTotal OrderLine",
    "BuyerCustomerParty": "CustomerAssignedAccountID SupplierAssignedAccountID AdditionalAccountID Party",
    "SellerSupplierParty": "CustomerAssignedAccountID AdditionalAccountID DataSendingCapability Party",
    "Party": "WebsiteURI LogoReferenceID EndpointID IndustryClassificationCode PartyIdentification PartyName Language"
    " PostalAddress",
    "PartyName": "Name",
    "PostalAddress": "ID AddressTypeCode AddressFormatCode Postbox Floor Room StreetName AdditionalStreetName BlockName"
    " BuildingName BuildingNumber InhouseMail Department MarkAttention MarkCare PlotIdentification"
    " CitySubdivisionName CityName PostalZone CountrySubentity CountrySubentityCode Region District AddressLine"
    " TimezoneOffset Country",
    "Country": "IdentificationCode Name",
    "AnticipatedMonetaryTotal": "LineExtensionAmount TaxExclusiveAmount TaxInclusiveAmount AllowanceTotalAmount"
    " ChargeTotalAmount PrepaidAmount PayableRoundingAmount PayableAmount",
    "OrderLine": "SubstitutionStatusCode Note LineItem",
    "LineItem": "ID SalesOrderID UUID Note LineStatusCode Quantity LineExtensionAmount TotalTaxAmount MinimumQuantity"
    " MaximumQuantity MinimumBackorderQuantity MaximumBackorderQuantity InspectionMethodCode"
    " PartialDeliveryIndicator BackOrderAllowedIndicator AccountingCostCode AccountingCost WarrantyInformation"
    " Delivery DeliveryTerms OriginatorParty OrderedShipment PricingReference AllowanceCharge Price Item",
    "Delivery": "ID Quantity MinimumQuantity MaximumQuantity ActualDeliveryDate ActualDeliveryTime LatestDeliveryDate"
    " LatestDeliveryTime ReleaseID TrackingID DeliveryAddress DeliveryLocation AlternativeDeliveryLocation"
    " RequestedDeliveryPeriod",
    "RequestedDeliveryPeriod": "StartDate StartTime EndDate EndTime",
    "Price": "PriceAmount BaseQuantity",
    "Item": "Description PackQuantity PackSizeNumeric CatalogueIndicator Name HazardousRiskIndicator"
    " AdditionalInformation Keyword BrandName ModelName BuyersItemIdentification SellersItemIdentification"
    " ManufacturersItemIdentification StandardItemIdentification",
    "BuyersItemIdentification": "ID",
    "SellersItemIdentification": "ID",
    "StandardItemIdentification": "ID",
}
SEQUENCES["DeliveryAddress"] = SEQUENCES["PostalAddress"]
NAMES = {"o": ubl.ORDER, "cac": ubl.CAC, "cbc": ubl.CBC}


def read(**changes: object) -> ET.Element:
    """Return the document, read again."""
    return ET.fromstring(ubl.order(sheet(**changes)))  # noqa: S314  # we wrote it ourselves


def text(root: ET.Element, path: str) -> str | None:
    return root.findtext(path, namespaces=NAMES)


def test_every_element_stands_where_the_schema_wants_it() -> None:
    root = read()
    looked_at = set()
    for element in root.iter():
        name = element.tag.partition("}")[2]
        children = [child.tag.partition("}")[2] for child in element]
        if not children:
            continue
        looked_at.add(name)
        sequence = SEQUENCES[name].split()
        places = [sequence.index(child) for child in children]
        assert places == sorted(places), name
    assert looked_at == set(SEQUENCES)


def test_groups_are_aggregates_and_values_are_basic() -> None:
    root = read()
    assert root.tag == f"{{{ubl.ORDER}}}Order"
    for element in root.iter():
        if element is root:
            continue
        space = ubl.CAC if len(element) else ubl.CBC
        assert element.tag.startswith(f"{{{space}}}"), element.tag


def test_the_document_says_what_was_ordered() -> None:
    root = read()
    assert text(root, "cbc:ID") == "PO-4K7QM-9XBTR"
    assert text(root, "cbc:IssueDate") == "2026-03-03"
    assert text(root, "cbc:IssueTime") == "09:05:07Z"
    assert text(root, "cbc:LineCountNumeric") == "2"
    assert text(root, "cac:SellerSupplierParty/cac:Party/cac:PartyName/cbc:Name") == "Töpferei Groß"
    assert text(root, "cac:BuyerCustomerParty/cbc:SupplierAssignedAccountID") == "K-900"
    total = root.find("cac:AnticipatedMonetaryTotal/cbc:PayableAmount", NAMES)
    assert total is not None
    assert (total.text, total.attrib) == ("257.70", {"currencyID": "EUR"})
    first, second = root.findall("cac:OrderLine/cac:LineItem", NAMES)
    quantity = first.find("cbc:Quantity", NAMES)
    assert quantity is not None
    assert (quantity.text, quantity.attrib) == ("120", {"unitCode": "C62"})
    assert text(first, "cac:Price/cbc:PriceAmount") == "1.9975"
    assert text(first, "cac:Delivery/cac:RequestedDeliveryPeriod/cbc:EndDate") == "2026-03-12"
    assert text(first, "cac:Item/cac:StandardItemIdentification/cbc:ID") == "4006381333931"
    assert text(second, "cac:Item/cbc:Name") == "Tasse & Teller <weiß>"
    assert second.find("cac:Item/cac:StandardItemIdentification", NAMES) is None
    assert second.find("cac:Delivery", NAMES) is None


def test_line_amounts_sum_to_the_total() -> None:
    root = read()
    amounts = root.findall("cac:OrderLine/cac:LineItem/cbc:LineExtensionAmount", NAMES)
    total = text(root, "cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount")
    assert sum(Decimal(each.text or "0") for each in amounts) == Decimal(total or "0")


def test_what_is_not_known_is_left_out() -> None:
    bare = replace(sheet().buyer, street=(), region="", postcode="")
    root = read(note="", account_number="", buyer=bare)
    assert root.find("cbc:Note", NAMES) is None
    assert root.find("cac:BuyerCustomerParty/cbc:SupplierAssignedAccountID", NAMES) is None
    assert root.find("cac:Delivery/cac:DeliveryAddress/cbc:StreetName", NAMES) is None
