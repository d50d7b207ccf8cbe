"""Who may come in, and where to: tokens, static rooms, webhooks, and any of them together."""

from signaling.identity.chain import Chain
from signaling.identity.claims import Grants
from signaling.identity.keyfile import KeyFile
from signaling.identity.keys import Algorithm, Key, Keys, read_keys
from signaling.identity.minting import mint_token, read_signing_key
from signaling.identity.staticrooms import RoomRules, StaticRooms, Unlisted
from signaling.identity.tokengate import TokenGate
from signaling.identity.tokens import TokenRules, check_token
from signaling.identity.webhook import WebhookGate, WebhookSettings

__all__ = [
    "Algorithm",
    "Chain",
    "Grants",
    "Key",
    "KeyFile",
    "Keys",
    "RoomRules",
    "StaticRooms",
    "TokenGate",
    "TokenRules",
    "Unlisted",
    "WebhookGate",
    "WebhookSettings",
    "check_token",
    "mint_token",
    "read_keys",
    "read_signing_key",
]
