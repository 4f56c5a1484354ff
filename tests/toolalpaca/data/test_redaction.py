"""Credentials of `Authentication` stay where their owner put them and reach no other file."""

from toolalpaca.data.redaction import MASK, redacted

KEY = "planted-key/0123456789"
GOLDEN = [[{"Action": "find", "Action_Input": f'{{"key": "{KEY}"}}'}]]


def test_a_value_is_masked_wherever_it_stands():
    record = {"Name": "x", "Authentication": {"key": KEY}, "Golden_Answers": GOLDEN, "Extra": [f"?key={KEY}", 1, None],
              "Link": "http://x?key=planted-key%2F0123456789", "Description": "text"}
    new = redacted(record)
    assert "planted" not in str(new)
    assert new["Authentication"] == {"key": MASK} and new["Description"] == "text" and new["Extra"][1:] == [1, None]
    assert KEY in str(record), "the record itself stays as it was"


def test_names_of_variables_stay_and_their_values_do_not(monkeypatch):
    monkeypatch.setenv("LANTERN_KEY", KEY)
    record = {"Name": "x", "Authentication": {"key": "env:LANTERN_KEY", "other": "env:UNSET_KEY"},
              "Golden_Answers": GOLDEN}
    new = redacted(record)
    assert new["Authentication"] == record["Authentication"]
    assert KEY not in str(new)


def test_the_token_of_an_authorization_header_is_masked_alone_too():
    record = {"Name": "x", "Authentication": {"Authorization": "Bearer tok3n-0123456"}, "Extra": "tok3n-0123456"}
    assert redacted(record)["Extra"] == MASK


def test_what_the_replaced_file_holds_stays():
    record = {"Name": "x", "Authentication": {"key": KEY, "new": "another-value-1"}, "Golden_Answers": GOLDEN}
    held = {"Name": "x", "Authentication": {"key": KEY}, "Golden_Answers": GOLDEN}
    assert redacted(record, held) == {**record, "Authentication": {"key": KEY, "new": MASK}}


def test_a_short_value_spoils_no_text():
    record = {"Name": "x", "Authentication": {"key": "demo", "number": 5}, "Description": "A demo."}
    assert redacted(record) == {**record, "Authentication": {"key": MASK, "number": MASK}}


def test_a_record_without_credentials_is_not_touched():
    record = {"Name": "x", "Description": "***"}
    assert redacted(record) is record
