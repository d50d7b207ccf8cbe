"""What sessions ask of queues."""

import pytest

from signaling.hubmatching import Request
from signaling.schema.jsonschema import tag_of

EXAMPLES = {
    "mm.enqueue": {"queue": "duel"},
    "mm.cancel": {"ticket": "t"},
    "mm.open": {"match": "m", "seats": [1]},
}


@pytest.mark.parametrize("tag", [tag_of(kind) for kind in Request.__args__])
def test_a_server_without_queues_says_so(world, tag):
    world.member("alice", "r")
    (error,) = world.say("alice", tag, id=3, **EXAMPLES.get(tag, {"match": "m"}))
    assert (error["code"], error["id"], error["msg"]) == (404, 3, "this server has no queues")
