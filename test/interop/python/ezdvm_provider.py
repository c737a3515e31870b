"""An ezdvm provider that upper-cases text for nothing."""

import os

from ezdvm import EZDVM


class UpperCase(EZDVM):
    def __init__(self):
        super().__init__(kinds=[int(os.environ["KIND"])], ephemeral=True)

    async def do_work(self, event):
        tags = [tag.as_vec() for tag in event.tags().to_vec()]
        return next(tag[1] for tag in tags if tag[0] == "i").upper()


provider = UpperCase()
provider.add_relay(os.environ["RELAY_URL"])
provider.start()
