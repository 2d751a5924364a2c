"""The warehouse's work: from released order to delivered parcel."""
