"""The entrance of staff: wrong passwords are counted, so that nobody tries them out."""

from http import HTTPStatus

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from oms.core.admin import site
from oms.core.limits import services as limits
from oms.core.limits.errors import LimitReached
from oms.core.limits.services import Limit
from oms.core.network import client_network

# One network at one name; one network at all names; all networks at one name, high enough that a stranger needs several
# networks to keep a member of staff out. A right try does not count.
PAIR = Limit("sign_in.pair", most=10, seconds=15 * 60)
NETWORK = Limit("sign_in.network", most=60, seconds=15 * 60)
NAME = Limit("sign_in.name", most=100, seconds=60 * 60)


def login(request: HttpRequest) -> HttpResponse:
    """Sign in; after too many wrong passwords answer 429.

    Every try is counted before it is judged, so that rivals cannot slip through together; a right one is given back.
    """
    if request.method != "POST":
        return admin.site.login(request)
    network = client_network(request)
    name = request.POST.get("username", "").strip().casefold()
    try:
        taken = [
            limits.take(PAIR, key=f"{network} {name}"),
            limits.take(NETWORK, key=network),
            limits.take(NAME, key=name),
        ]
    except LimitReached as reached:
        return _too_many(request, reached)
    answer = admin.site.login(request)
    if answer.status_code == HTTPStatus.FOUND:
        for one in taken:
            limits.give_back(one)
    return answer


def _too_many(request: HttpRequest, reached: LimitReached) -> HttpResponse:
    page = site.render(
        request,
        "admin/console/too_many.html",
        {"title": "Please wait a little", "minutes": -(-reached.seconds // 60)},
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    page["Retry-After"] = str(reached.seconds)
    return page
