"""Rows that are edited on the page of a document."""

import pytest
from django.urls import reverse

from inventory.locations.models import Location
from oms.accounts import roles
from oms.core.admin import rows
from tests.accounts.factories import signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("claimed", ["100000", "9" * 5000])
def test_a_form_that_claims_endless_rows_is_drawn_with_a_pageful(
    monkeypatch: pytest.MonkeyPatch, claimed: str
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 20)
    monkeypatch.setattr(rows.RowsInline, "max_num", 20)

    answer = signed_in(roles.MANAGER).post(
        reverse("admin:inventory_location_add"),
        {"-1-TOTAL_FORMS": claimed, "-1-INITIAL_FORMS": "0"},
    )

    assert answer.status_code == 200
    assert len(answer.context["inline_admin_formsets"][0].formset.forms) <= 20
    assert not Location.objects.exists()
