"""The users file: what it may say, what is refused, and what a large one costs."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay import UsersFileError, usersfile
from relay.users import Keys, Password, make_keys
from relay.usersfile import UsersFile, check_name, decode_users, encode_keys

MD5, SHA256 = "5f" * 16, "9A" * 32
WHOLE = f"""\
# who may relay

alice:password:wonder:land # and more
bob:keys:lab:{MD5}:{SHA256}\r
carol:keys:lab:{MD5}:-
jos\u00e9:password:na\u00efve
with space:password: x
"""


def test_every_kind_of_line_is_read():
    users = decode_users(WHOLE.encode(), "lab")
    assert users.find("alice") == Password("wonder:land # and more")
    assert users.find("bob") == Keys(bytes.fromhex(MD5), bytes.fromhex(SHA256))
    assert users.find("carol") == Keys(bytes.fromhex(MD5))
    assert users.find("jos\u00e9") == Password("na\u00efve")
    assert users.find("with space") == Password(" x")
    assert len(users) == 5


def test_names_and_passwords_are_brought_into_the_form_that_clients_send():
    users = decode_users("jose\u0301:password:nai\u0308ve".encode(), "lab")
    assert users.find("jos\u00e9") == Password("na\u00efve")


def test_a_realm_may_have_colons():
    line = encode_keys("alice", "a:b", make_keys("alice", "a:b", "x"))
    assert decode_users(line.encode(), "a:b").find("alice") == make_keys("alice", "a:b", "x")


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# nobody", b"\xef\xbb\xbf# a mark of order\n"])
def test_a_file_may_have_nobody(text):
    assert len(decode_users(text, "lab")) == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("bob", "expected NAME:password:PASSWORD or NAME:keys:REALM:MD5:SHA256"),
        ("bob:hunter2", "expected NAME:password"),
        ("bob:password", "expected NAME:password"),
        ("bob:hunter2:hunter2", "expected NAME:password"),
        ("bob:Password:hunter2", "expected NAME:password"),
        ("bob:password:", "expected a password, got an empty one"),
        ("bob:password:hunter2\t", "without control characters"),
        (":password:hunter2", "expected a name"),
        (" bob:password:hunter2", "expected a name"),
        ("bob :password:hunter2", "expected a name"),
        ("b\x07b:password:hunter2", "in the name: U\\+0007"),
        ("b" * 509 + ":password:hunter2", "at most 508 bytes"),
        ("alice:password:hunter2", "every name once, got 'alice' again"),
        (f"bob:keys:{MD5}", "got fewer fields"),
        (f"bob:keys:home:{MD5}:{SHA256}", "keys for the realm 'lab', got some for 'home'"),
        (f"bob:keys:lab:{MD5[:-1]}:{SHA256}", "32 hexadecimal digits of MD5"),
        (f"bob:keys:lab:{MD5[:-2]}xx:{SHA256}", "32 hexadecimal digits of MD5"),
        (f"bob:keys:lab:{MD5[:-2]}  :{SHA256}", "32 hexadecimal digits of MD5"),
        (f"bob:keys:lab:{MD5}:{MD5}", "64 hexadecimal digits of SHA-256"),
        (f"bob:keys:lab:{MD5}:", "64 hexadecimal digits of SHA-256"),
    ],
)
def test_a_bad_line_is_refused_by_number_with_what_was_expected_and_no_password(line, words):
    text = f"alice:password:wonder\n# comment\n{line}\ndave:password:x\n"
    with pytest.raises(UsersFileError, match=f"^line 3: .*{words}") as refused:
        decode_users(text.encode(), "lab")
    assert "hunter2" not in str(refused.value)
    assert MD5[:8] not in str(refused.value)


def test_bytes_that_are_not_utf8_are_refused_by_line():
    with pytest.raises(UsersFileError, match="line 2: expected UTF-8"):
        decode_users(b"alice:password:x\nb\xffb:password:x\n", "lab")


def test_more_than_a_file_may_hold_is_refused(monkeypatch):
    monkeypatch.setattr(usersfile, "MOST_USERS", 1)
    with pytest.raises(UsersFileError, match="line 2: expected at most 1 users"):
        decode_users(b"a:password:x\nb:password:x", "lab")
    monkeypatch.setattr(usersfile, "MOST_BYTES", 5)
    with pytest.raises(UsersFileError, match="at most 5 bytes"):
        decode_users(b"# long", "lab")


@given(st.binary(max_size=200))
def test_any_bytes_are_users_or_refused(text):
    try:
        users = decode_users(text, "lab")
    except UsersFileError:
        return
    assert all(users.find(name) is not None for name in users)


@given(st.text(max_size=20), st.text(max_size=10))
@example("\xa0", "")  # RFC 8265 §4.2.2: other spaces become this one
def test_every_line_that_can_be_written_can_be_read(name, password):
    try:
        line = encode_keys(name, "lab", make_keys(name, "lab", password))
    except UsersFileError:
        return
    users = decode_users(line.encode(), "lab")
    assert users.find(check_name(name)) == make_keys(name, "lab", password)


def test_a_hundred_thousand_users_are_read_in_time_and_found():
    keys = make_keys("x", "lab", "x")
    text = "".join(encode_keys(f"user{n:06}", "lab", keys) + "\n" for n in range(100_000))
    begun = time.process_time()
    users = decode_users(text.encode(), "lab")
    assert time.process_time() - begun < 5  # 0.6 s; machines may be slow and busy
    assert len(users) == 100_000
    assert users.find("user099999") == keys


@pytest.fixture
def path(tmp_path) -> Path:
    file = tmp_path / "users"
    file.write_text("alice:password:wonder\n")
    file.chmod(0o600)
    return file


def test_a_file_says_whether_it_has_changed(path):
    file = UsersFile(path, "lab")
    assert file.has_changed()
    assert len(file.read().users) == 1
    assert not file.has_changed()
    path.write_text("alice:password:wonder\nbob:password:x\n")
    assert file.has_changed()
    assert len(file.read().users) == 2
    path.unlink()
    assert file.has_changed()
    with pytest.raises(UsersFileError, match="users: No such file"):
        file.read()
    assert not file.has_changed()


def test_a_file_that_is_bad_is_named_with_its_line(path):
    path.write_text("alice\n")
    with pytest.raises(UsersFileError, match="users: line 1: expected NAME"):
        UsersFile(path, "lab").read()


@pytest.mark.parametrize(
    ("mode", "word"), [(0o600, None), (0o640, None), (0o604, "read"), (0o606, "written")]
)
def test_who_else_can_read_or_write_it_is_a_warning(path, mode, word):
    path.chmod(mode)
    warning = UsersFile(path, "lab").read().warning
    assert (warning is None) is (word is None)
    assert word is None or f"can be {word} by everybody" in warning


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(UsersFileError, match="directory"):
        UsersFile(tmp_path, "lab").read()


def test_a_pipe_that_nobody_writes_to_holds_nobody_up(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UsersFileError, match="expected a file"):
        UsersFile(pipe, "lab").read()
