"""The mail backend of a system without a mail server: shows each mail on the console, as a person reads it."""

from django.core.mail import EmailMessage
from django.core.mail.backends import console

_RULE = "-" * 78


class EmailBackend(console.EmailBackend):
    """Print recipient, subject and plain text. The HTML part is in the message log."""

    def write_message(self, message: EmailMessage) -> None:
        """Write one mail to the stream."""
        self.stream.write(
            f"{_RULE}\n"
            f"Mail to {', '.join(message.recipients())}\n"
            f"{message.subject}\n\n"
            f"{message.body}"
            f"{_RULE}\n"
        )
