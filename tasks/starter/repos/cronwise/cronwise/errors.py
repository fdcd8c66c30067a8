"""The one error of this package."""


class CronError(ValueError):
    """An expression cannot be read. `field` is the name of the field, None for the whole expression."""

    def __init__(self, message, field=None):
        super().__init__("%s: %s" % (field, message) if field else message)
        self.field = field
