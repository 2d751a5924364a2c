"""Model admins of the house: documents with declared buttons, and set-up data that people edit."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import get_fields_from_path, quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    AllValuesCheckboxFilter,
    BooleanRadioFilter,
    ChoicesCheckboxFilter,
    RelatedCheckboxFilter,
)

from oms.core import errors
from oms.core.actors import Actor
from oms.core.admin import paging, repeats
from oms.core.admin.buttons import Button, ButtonForm, Offer, Press
from oms.core.timeline import queries, services

KEY_FIELD = "press_key"
VERSION_FIELD = "press_version"
SEEN_FIELD = "press_seen"


class OmsModelAdmin(ModelAdmin):
    """Base of all model admins: read-only documents whose acts are the declared `buttons`.

    `list_tabs` are shared views of the list with capped counts; `help_text` tells a newcomer what the list holds;
    `row_help` does so on the page of one row.
    """

    buttons: ClassVar[Sequence[Button]] = ()
    list_tabs: ClassVar[Sequence[paging.Tab]] = ()
    list_help: ClassVar[str] = ""
    page_help: ClassVar[str] = ""
    has_timeline: ClassVar[bool] = True

    actions: Sequence[Any] | None = None
    list_per_page = 50
    show_full_result_count = False
    sortable_by: Sequence[str] = ()
    list_filter_submit = True
    list_filter_sheet = True
    list_fullwidth = True
    list_before_template = "admin/console/list_before.html"
    change_form_template = "admin/console/change_form.html"
    show_facets = ShowFacets.NEVER
    view_on_site = False

    # Rights: a document is read, never typed into and never deleted -------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Documents come about by their use-cases."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Documents change by buttons."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Nothing with history is deleted."""
        return False

    def may(self, request: HttpRequest, permission: str) -> bool:
        """Say whether the person has the right; an empty one means the right to see the document."""
        return not permission or request.user.has_perm(permission)

    # Lists ----------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[paging.KeysetChangeList]:
        """Page by key."""
        return paging.KeysetChangeList

    def get_list_tabs(self, request: HttpRequest) -> Sequence[paging.Tab]:
        """Return the tabs for this person."""
        return self.list_tabs

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Name the list after what it holds, not after what could be done to it."""
        context = {
            "title": self.opts.verbose_name_plural,
            "list_help": self.list_help,
            "is_fullwidth": "1",
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Give each plain field the filter that fits its kind."""
        return [self._filter_of(each) for each in super().get_list_filter(request)]

    def _filter_of(self, name: Any) -> Any:
        if not isinstance(name, str):
            return name
        field = get_fields_from_path(self.model, name)[-1]
        if field.remote_field is not None:
            return (name, RelatedCheckboxFilter)
        if isinstance(field, models.BooleanField):
            return (name, BooleanRadioFilter)
        if getattr(field, "choices", None):
            return (name, ChoicesCheckboxFilter)
        return (name, AllValuesCheckboxFilter)

    def get_changelist_queryset(self, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        """Narrow what is loaded of each row of the list."""
        return queryset

    # Pages of one document ------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the one address of all buttons."""
        press = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.press_view),
            name=self._url_name("press"),
        )
        urls: list[URLPattern] = [press, *super().get_urls()]
        return urls

    def _url_name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Answer 404 for what is not there and for what this person may not see, alike."""
        raise Http404(f"There is no such {opts.verbose_name}.")

    def check_view(self, request: HttpRequest, document: models.Model) -> None:
        """Refuse who may not see the document."""
        if not self.has_view_permission(request, document):
            raise PermissionDenied

    def get_buttons(self, request: HttpRequest, document: models.Model) -> Sequence[Button]:
        """Return the buttons that exist for this document."""
        return self.buttons

    def offers(self, request: HttpRequest, document: models.Model) -> list[Offer]:
        """Return what this person could do with the document: legal acts first, then the others with their reason."""
        drawn = [
            self.offer(button, document)
            for button in self.get_buttons(request, document)
            if button.shown and self.may(request, button.permission)
        ]
        return sorted(drawn, key=lambda offer: (not offer.legal, offer.danger, not offer.main))

    def offer(self, button: Button, document: models.Model) -> Offer:
        """Return one button as drawn for `document`."""
        return Offer(
            name=button.name,
            label=button.label,
            url=self.press_url(document, button.name),
            reason=button.allowed(document),
            danger=button.danger,
            main=button.main,
            explain=button.explain,
        )

    def press_url(self, document: models.Model, name: str) -> str:
        """Return the address of a button."""
        return reverse(f"admin:{self._url_name('press')}", args=(quote(document.pk), name))

    def page_url(self, document: models.Model) -> str:
        """Return the address of the document's page."""
        return reverse(f"admin:{self._url_name('change')}", args=(quote(document.pk),))

    def story(self, document: models.Model, *, after: int = 0) -> queries.Story:
        """Return what happened to the document."""
        return queries.story(self.opts.label_lower, document.pk, after=after)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: models.Model | None = None,
    ) -> HttpResponse:
        """Add buttons and timeline to the page."""
        context["page_help"] = self.page_help
        if obj is not None:
            context["title"] = f"{self.opts.verbose_name} {obj}"
            context["subtitle"] = None
            context["offers"] = self.offers(request, obj)
            context.update(self.page_context(request, obj))
            if self.has_timeline:
                context.setdefault("story", self.story(obj))
        response: HttpResponse = super().render_change_form(
            request, context, add, change, form_url, obj
        )
        return response

    def page_context(self, request: HttpRequest, document: Any) -> Mapping[str, Any]:
        """Return what the page of a document shows besides its fields."""
        return {}

    # Buttons --------------------------------------------------------------------------------------

    def press_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask, then act once: the confirmation page of a button and the call of its service."""
        document = self.get_object(request, unquote(object_id))
        if document is None:
            raise Http404(f"There is no such {self.opts.verbose_name}.")
        button = next((b for b in self.get_buttons(request, document) if b.name == name), None)
        if button is None:
            raise Http404("There is no such act.")
        self.check_view(request, document)
        if not self.may(request, button.permission):
            raise PermissionDenied
        if request.method == "POST":
            return self._press(request, document, button)
        refusal = button.allowed(document)
        form = button.form(target=document, request=request)
        return self._press_page(request, document, button, form, refusal=refusal)

    def _press(self, request: HttpRequest, document: models.Model, button: Button) -> HttpResponse:
        key = _key_of(request)
        form = button.form(request.POST, request.FILES, target=document, request=request)
        if key is None:
            return self._press_page(
                request,
                document,
                button,
                form,
                refusal="The form was incomplete. Please try again.",
            )
        route = f"{self.opts.label_lower}.{button.name}:{document.pk}"
        if repeats.known(request, route, key):
            return self._already_done(request, document, button)
        version = getattr(document, "version", None)
        if version is not None and request.POST.get(VERSION_FIELD) != str(version):
            return self._conflict_page(request, document, button)
        refusal = button.allowed(document)
        if refusal is not None:
            return self._press_page(request, document, button, form, refusal=refusal)
        if not form.is_valid():
            return self._press_page(request, document, button, form, status=422)
        press = Press(
            document=document,
            actor=Actor.of_user(request.user),
            data=form.cleaned_data,
            version=version,
            key=key,
            request=request,
        )
        try:
            answer = self._once(button, press, route=route)
        except repeats.AlreadyDone:
            return self._already_done(request, document, button)
        except errors.Stale:
            return self._conflict_page(request, document, button)
        except errors.DomainError as error:
            return self._press_page(request, document, button, form, error=error)
        if isinstance(answer, HttpResponse):
            return answer
        messages.success(request, answer or button.done)
        return HttpResponseRedirect(self.after_press(request, document, button))

    def _once(self, button: Button, press: Press, *, route: str) -> "str | HttpResponse | None":
        """Call the service, with the form's key kept in the same transaction; raise AlreadyDone for a repetition."""
        if button.keyed:
            return button.service(press)
        with transaction.atomic():
            repeats.take(press.request, route, press.key)
            return button.service(press)

    def _already_done(
        self, request: HttpRequest, document: models.Model, button: Button
    ) -> HttpResponse:
        messages.info(request, f"“{button.label}” was already done; nothing happened twice.")
        return HttpResponseRedirect(self.after_press(request, document, button))

    def after_press(self, request: HttpRequest, document: models.Model, button: Button) -> str:
        """Return where to go after an act."""
        return self.page_url(document)

    def _press_page(
        self,
        request: HttpRequest,
        document: models.Model,
        button: Button,
        form: ButtonForm,
        *,
        refusal: str | None = None,
        error: errors.DomainError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        if refusal is not None:
            status = 409
        if error is not None:
            status = error.status
        posted = request.POST if request.method == "POST" else {}
        return TemplateResponse(
            request,
            button.template,
            {
                **self.admin_site.each_context(request),
                **self.press_context(request, document, button),
                "opts": self.opts,
                "title": button.label,
                "subtitle": str(document),
                "original": document,
                "document_url": self.page_url(document),
                "button": button,
                "form": form,
                "refusal": refusal,
                "error": error,
                "press_key": posted.get(KEY_FIELD) or uuid.uuid4().hex,
                "press_version": posted.get(VERSION_FIELD) or getattr(document, "version", ""),
                "press_seen": posted.get(SEEN_FIELD) or self.story(document).last_id,
            },
            status=status,
        )

    def press_context(
        self, request: HttpRequest, document: models.Model, button: Button
    ) -> Mapping[str, Any]:
        """Return what the confirmation page of a button shows besides its form."""
        return {}

    def _conflict_page(
        self, request: HttpRequest, document: models.Model, button: Button
    ) -> HttpResponse:
        """Show what others changed since the form was shown; nothing was done."""
        seen = request.POST.get(SEEN_FIELD, "")
        known = seen.isdecimal() and len(seen) < 19  # a bigint
        return TemplateResponse(
            request,
            "admin/console/conflict.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "Someone else was faster",
                "subtitle": str(document),
                "original": document,
                "document_url": self.page_url(document),
                "again_url": self.press_url(document, button.name),
                "button": button,
                "story": self.story(document, after=int(seen) if known else 0),
            },
            status=412,
        )


class SetupModelAdmin(OmsModelAdmin):
    """Base of data that people set up and edit; it is switched off, not deleted. Each change is in the timeline."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Follow the role."""
        return bool(ModelAdmin.has_add_permission(self, request))

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Follow the role."""
        return bool(ModelAdmin.has_change_permission(self, request, obj))

    def save_model(
        self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool
    ) -> None:
        """Write the changed columns alone and keep who changed what."""
        columns = {field.name for field in obj._meta.concrete_fields}
        changed = [name for name in form.changed_data if "password" not in name]
        written = [name for name in form.changed_data if name in columns]
        if not change:
            obj.save(force_insert=True)
        elif written:
            obj.save(update_fields=written)
        if changed or not change:
            services.record(
                obj,
                "changed" if change else "created",
                actor=Actor.of_user(request.user),
                before={name: _plain(form.initial.get(name)) for name in changed} if change else {},
                after={name: _plain(form.cleaned_data.get(name)) for name in changed},
            )

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Keep the rows that came with it in the timeline."""
        self._record_rows(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        """Keep the rows that were added, changed or taken off in the timeline."""
        self._record_rows(request, obj, message)

    def _record_rows(self, request: HttpRequest, obj: models.Model, message: Any) -> None:
        for part in message if isinstance(message, list) else ():
            for verb, what in part.items():
                if "object" in what:
                    services.record(
                        obj,
                        f"{what['name']}_{verb}".replace(" ", "_")[:60],
                        actor=Actor.of_user(request.user),
                        after={what["name"]: what["object"]},
                    )


def _key_of(request: HttpRequest) -> str | None:
    """Return the form's key, or None when it is missing or made up."""
    try:
        return uuid.UUID(request.POST.get(KEY_FIELD, "")).hex
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    """Return a form value as JSON can hold it."""
    if isinstance(value, models.Model):
        return str(value)
    if value is None or isinstance(value, bool | int | str | dict):
        return value
    if isinstance(value, list | tuple | models.QuerySet):
        return [_plain(item) for item in value]
    return str(value)
