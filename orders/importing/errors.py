"""Refusals of importing, about the file as a whole. What is wrong with a row is in the report."""

from oms.core import errors


class FileUnreadable(errors.Unreadable):
    """The bytes are not a table: another kind of file, an unknown encoding, a broken quote."""

    code = "file_unreadable"
    title = "The file cannot be read"


class FileTooLarge(errors.DomainError):
    """More bytes, rows or columns than one import takes."""

    status = 413
    code = "file_too_large"
    title = "The file is too large"


class FileEmpty(errors.Invalid):
    """No byte, or no row below the header."""

    code = "file_empty"
    title = "The file holds no orders"


class ColumnsWrong(errors.Invalid):
    """Columns are missing, twice there or unknown; `problems` lists all."""

    code = "columns_wrong"
    title = "The columns of the file do not fit"


class ReadingInvalid(errors.Invalid):
    """The mapping itself is wrong; `problems` lists all."""

    code = "mapping_invalid"
    title = "The mapping of columns is wrong"
