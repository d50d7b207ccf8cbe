"""The examples of the documentation."""

from signaling.schema import page
from signaling.schema.jsonschema import Side

PAGE = """
```json client
[{"t": "ping", "id": 1},
 {"t": "bye"}]
```
```json
{"t": "nobody's"}
```
```json server
{"t": "pong", "id": 1}
```
"""


def test_frames_are_found_with_who_says_them_and_messages_in_arrays_too() -> None:
    assert [side for side, _ in page.frames(PAGE)] == [Side.CLIENT, Side.SERVER]
    assert page.by_type(PAGE) == {
        (Side.CLIENT, "ping"): [{"t": "ping", "id": 1}],
        (Side.CLIENT, "bye"): [{"t": "bye"}],
        (Side.SERVER, "pong"): [{"t": "pong", "id": 1}],
    }
