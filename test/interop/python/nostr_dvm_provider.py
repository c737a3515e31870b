"""A nostr-dvm provider that upper-cases text; for nothing without PRICE_SATS, else paid by LNbits."""

import json
import os
import threading

from nostr_sdk import Keys, Kind
import nostr_dvm.dvm
from nostr_dvm.tasks.generic_dvm import GenericDVM
from nostr_dvm.utils.admin_utils import AdminConfig
from nostr_dvm.utils.dvmconfig import DVMConfig
from nostr_dvm.utils.nip89_utils import NIP89Config

# Its amount parser knows the prefix of the main network only, and ends the provider's loop at any other.
parse_amount = nostr_dvm.dvm.parse_amount_from_bolt11_invoice
nostr_dvm.dvm.parse_amount_from_bolt11_invoice = lambda invoice: parse_amount(
    invoice.replace("lnbcrt", "lnbc", 1)
)

KIND = int(os.environ["KIND"])
PRICE_SATS = int(os.environ.get("PRICE_SATS", "0"))

config = DVMConfig()
config.PRIVATE_KEY = Keys.generate().secret_key().to_hex()
config.KIND = Kind(KIND)
config.RELAY_LIST = config.ANNOUNCE_RELAY_LIST = [os.environ["RELAY_URL"]]
config.FIX_COST = PRICE_SATS
config.LNBITS_URL = os.environ.get("LNBITS_URL", "")
config.LNBITS_INVOICE_KEY = os.environ.get("LNBITS_KEY", "")
announcement = NIP89Config()
announcement.KIND = Kind(KIND)
announcement.DTAG = "interop"
announcement.CONTENT = json.dumps({"name": "interop"})
admin = AdminConfig()
admin.REBROADCAST_NIP89 = True

provider = GenericDVM(
    name="interop", dvm_config=config, nip89config=announcement, admin_config=admin, options={}
)


async def process(form):
    return json.loads(form["options"])["input"].upper()


provider.process = process
provider.run()
# run() only starts a thread, whose HTTP calls fail once the main one has ended.
threading.Event().wait()
