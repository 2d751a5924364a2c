"""The 850, as its standard writes it."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from inventory.purchasing import x12
from tests.inventory.purchasing.sheets import sheet


def segments(document: str) -> list[list[str]]:
    """Return the segments, taken apart."""
    assert document.endswith("~\n")
    return [segment.split("*") for segment in document[:-2].split("~\n")]


def test_the_whole_document_reads_as_published() -> None:
    assert x12.purchase_order(sheet()).splitlines() == [
        "ISA*00*          *00*          *ZZ*K-900          *ZZ*4099999000005  *260303*0905*U*00401*000001234*0*P*>~",
        "GS*PO*K-900*4099999000005*20260303*0905*1234*X*004010~",
        "ST*850*0001~",
        "BEG*00*SA*PO-4K7QM-9XBTR**20260303~",
        "CUR*BY*EUR~",
        "REF*11*K-900~",
        "N9*L1*NOTE~",
        "MSG*Bitte vor 12 Uhr anliefern~",
        "N1*BY*Berlin warehouse*92*BER~",
        "N1*VN*Topferei Gross*92*toepferei~",
        "N1*ST*Berlin warehouse*92*BER~",
        "N3*Hafenstr. 1*Tor 3~",
        "N3*Rampe B~",
        "N4*Berlin**10115*DE~",
        "PO1*1*120*EA*1.9975*PE*BP*MUG-1*VP*T 77*EN*4006381333931~",
        "PID*F****Becher, moosgrun~",
        "DTM*002*20260312~",
        "PO1*2*6*EA*3.00*PE*BP*CUP-1~",
        "PID*F****Tasse & Teller <weiss~",
        "CTT*2*126~",
        "AMT*TT*257.70~",
        "SE*20*0001~",
        "GE*1*1234~",
        "IEA*1*000001234~",
    ]


def test_the_interchange_header_has_106_characters() -> None:
    header = x12.purchase_order(sheet()).splitlines()[0]
    assert len(header) == 106


def test_control_numbers_and_counts_agree() -> None:
    found = segments(x12.purchase_order(sheet(control=3_000_000_042)))
    by_name = {segment[0]: segment for segment in found}
    assert by_name["ISA"][13] == by_name["IEA"][2] == "000000042"
    assert by_name["GS"][6] == by_name["GE"][2] == "42"
    assert by_name["ST"][2] == by_name["SE"][2]
    names = [segment[0] for segment in found]
    assert int(by_name["SE"][1]) == names.index("SE") - names.index("ST") + 1
    assert int(by_name["CTT"][1]) == names.count("PO1")


def test_a_code_that_does_not_fit_is_left_out_and_never_cut() -> None:
    line = replace(sheet().lines[0], sku="A" * 49, supplier_code="Größe*4")
    found = segments(x12.purchase_order(sheet(lines=(line,))))
    (item,) = [segment for segment in found if segment[0] == "PO1"]
    assert item[6:] == ["EN", "4006381333931"]


def test_a_supplier_without_edi_identifier_goes_by_our_code() -> None:
    found = segments(x12.purchase_order(sheet(edi_id="", account_number="", note="")))
    assert found[0][6].strip() == "OMS"
    assert found[0][8].strip() == "toepferei"
    assert not {"REF", "N9", "MSG"} & {segment[0] for segment in found}


@given(st.text(max_size=80), st.text(max_size=40), st.integers(1, 10**9))
def test_no_text_breaks_the_document(words: str, code: str, control: int) -> None:
    line = replace(sheet().lines[0], name=words, supplier_code=code, unit_cost=Decimal(1))
    given_one = x12.purchase_order(
        sheet(lines=(line,), note=words, account_number=code, control=control)
    )
    plain = x12.purchase_order(sheet(lines=(line,), note="", account_number="", control=control))
    found = segments(given_one)
    assert given_one.isascii()
    assert len(given_one.splitlines()[0]) == 106
    extra = {"REF", "N9", "MSG"}
    kept = [segment[0] for segment in found if segment[0] not in extra]
    assert kept == [segment[0] for segment in segments(plain)]
