"""What is wrong with a document, in a sentence."""

import pytest

from signaling.faults import SettingsError
from signaling.operation.document import decode_document


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lissen = []", "unknown key 'lissen' (did you mean listen?); allowed are admin, anon"),
        ("zzz = 1", "unknown key 'zzz'; allowed are"),
        ("[limits]\nmesage = 1", "limits: unknown key 'mesage' (did you mean message?)"),
        ("[ice]\nstunn = []", "ice: unknown key 'stunn' (did you mean stun?); allowed are most,"),
        (
            '[[ice.relays]]\nurls = []\n[[ice.relays]]\nurl = ""',
            "ice.relays[1]: unknown key 'url' (did you mean urls?); allowed are region, secret,",
        ),
        ('[rooms."team-*"]\nkay = ""', "rooms.team-*: unknown key 'kay' (did you mean key?)"),
        ("[queues.a]\n[queues.b]\nteam = 1", "queues.b: unknown key 'team' (did you mean teams?)"),
        ("[queues.a]\nkeys = ['b', 1]", "queues.a.keys[1]: expected `str`, got `int`"),
        ("[[webhooks]]\nurl = ''\nevent = []", "webhooks[0]: unknown key 'event'"),
        ("listen = 8080", "listen: expected `array`, got `int`"),
        ("listen = [8080]", "listen[0]: expected `str`, got `int`"),
        ("[limits]\nmessage = '1'", "limits.message: expected `int`, got `str`"),
        ("[[webhooks]]\nevents = []", "webhooks[0]: object missing required field `url`"),
        ("duplicates = 'both'", "duplicates: invalid enum value 'both'"),
        ("rooms = 1", "rooms: expected `object`, got `int`"),
    ],
)
def test_it_says_where_what_came_and_what_is_allowed_there(text, words):
    with pytest.raises(SettingsError) as refused:
        decode_document(text.encode())
    assert words in str(refused.value)
