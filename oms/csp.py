"""The Content-Security-Policy: strict everywhere, looser where the console needs it."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

_JSON = ("application/json", "application/problem+json")
_NOTHING = "default-src 'none'; frame-ancestors 'none'"


class PolicyByPath(CSPMiddleware):
    """Send the strict policy, and under the prefixes of `CSP_BY_PREFIX` the directives named there.

    The console's scripts (Alpine) evaluate expressions and set inline styles; nothing else of ours may. A JSON answer
    shows nothing, so it may load nothing at all.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Put the policy on the answer."""
        if response.headers.get("Content-Type", "").startswith(_JSON):
            response.headers.setdefault(HEADER, _NOTHING)
            return response
        answer: HttpResponseBase = super().process_response(request, response)
        return answer

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return the parts of the policy for this path; a view's own decorator wins."""
        parts = super().get_policy_parts(request, response, report_only)
        if parts.replace is None:
            for prefix, directives in settings.CSP_BY_PREFIX.items():
                if request.path_info.startswith(prefix):
                    parts.replace = directives
                    break
        return parts
