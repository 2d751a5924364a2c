"""Staff in the console."""

from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from oms.accounts import roles
from oms.accounts.models import User
from oms.core.actors import Actor
from oms.core.admin.base import SetupModelAdmin
from oms.core.templatetags.console import badge
from oms.core.timeline import services as timeline

admin.site.unregister(Group)  # roles are data in `roles.py`, not typed in here

ROLE_HELP = (
    "Warehouse: picks, packs and ships at the own locations. Service: orders, customers and returns."
    " Manager: everything. Read-only: sees, changes nothing."
)


class StaffForm(UserChangeForm):
    """A member of staff: name, role and time zone."""

    time_zone = forms.ChoiceField(
        choices=[(zone, zone) for zone in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
        help_text="Times in the console are shown in it.",
    )
    groups = forms.ModelMultipleChoiceField(
        Group.objects.filter(name__in=roles.ROLES),
        required=False,
        label="Roles",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=ROLE_HELP,
    )


@admin.register(User)
class UserAdmin(SetupModelAdmin, DjangoUserAdmin):  # type: ignore[misc]  # untyped Unfold between the two
    """Members of staff. Nobody changes his own role, and only a superuser touches a superuser."""

    form = StaffForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "role", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    filter_horizontal = ()
    search_fields = ("username", "first_name", "last_name", "email")
    ordering = ("username",)
    list_help = (
        "People who may sign in here. A role says what they may do; where they may do it is said on the page of"
        " each location."
    )
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": (("first_name", "last_name"), ("email", "time_zone"))}),
        ("Rights", {"fields": ("groups", "is_active")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = ((None, {"fields": ("username", "usable_password", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined")

    @display(description="Name")
    def full_name(self, user: User) -> str:
        """Show first and last name."""
        return user.get_full_name() or "–"

    @display(description="Role")
    def role(self, user: User) -> SafeString:
        """Show the roles, or that there is none."""
        if user.is_superuser:
            return badge("superuser", tone="info")
        names = [group.name for group in user.groups.all()]
        return badge(", ".join(names)) if names else badge("no role", tone="warning")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[User]":
        """Load the roles with the people."""
        return super().get_queryset(request).prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Keep superusers to superusers."""
        if isinstance(obj, User) and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> tuple[str, ...]:
        """Let nobody change his own role or switch himself off."""
        own = ("groups", "is_active") if obj is not None and obj.pk == request.user.pk else ()
        return (*self.readonly_fields, *own)

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: forms.ModelForm, change: bool
    ) -> None:
        """Make everyone who is added here a member of staff."""
        if not change and isinstance(obj, User):
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002  # Django's name
        form_url: str = "",
    ) -> HttpResponse:
        """Keep who set whose password."""
        response = super().user_change_password(request, id, form_url)
        user = self.get_object(request, id)
        if request.method == "POST" and response.status_code == 302 and user is not None:
            timeline.record(user, "password_set", actor=Actor.of_user(request.user))
        return response
