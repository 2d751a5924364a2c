"""Refusals of the catalog."""

from oms.core import errors


class ArticleInvalid(errors.Invalid):
    """A code or a name cannot be used."""

    code = "article_invalid"
    title = "The article cannot be kept as given"


class ArticleExists(errors.Conflict):
    """A code or a barcode is taken."""

    code = "article_exists"
    title = "There is already such an article"
    constraints = ("sku_barcode_unique",)
