"""Fixture files become cases; whatever is no fixture is refused with one line that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from offchain.conformance.case import fake_block_hash
from offchain.conformance.fields import read_int
from offchain.conformance.fixtures import FIXTURES_VARIABLE, find_fixtures, kind_of, list_files, read_tests
from offchain.conformance.state_tests import newest_fork, state_cases
from offchain.errors import FixtureError
from offchain.evm.transaction import decode_transaction
from offchain.hashing import keccak
from tests.support.state_tests import COINBASE, CONTRACT, SENDER, cases_of, state_test, write


def test_a_state_test_becomes_one_case_for_each_entry() -> None:
    first, second = cases_of(state_test(data=("0x01", "0x02")))
    assert (first.name, second.name) == ("own[d0g0v0]", "own[d1g0v0]")
    assert decode_transaction(first.raw, 1).data == b"\x01"
    assert decode_transaction(second.raw, 1).data == b"\x02"
    assert first.key != second.key


def test_environment_and_state_are_read_whole() -> None:
    (case,) = cases_of(state_test())
    assert case.environment.coinbase == COINBASE
    assert case.environment.prevrandao == (0x2A).to_bytes(32, "big")
    assert case.environment.timestamp == 1000
    assert case.pre[SENDER].balance == 10**18
    assert case.pre[CONTRACT].storage == {1: 3}, "a zero word is no storage"


def test_only_the_asked_forks_are_read() -> None:
    assert cases_of(state_test(fork="Cancun"), "Osaka") == []
    assert len(cases_of(state_test(fork="Cancun"), "Cancun")) == 1


def test_the_given_raw_transaction_is_taken_before_the_fields() -> None:
    test = state_test()
    test["post"]["Osaka"][0]["txbytes"] = "0xc0ffee"
    assert cases_of(test)[0].raw == bytes.fromhex("c0ffee")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (0, {}),
        (1, {"accessLists": [[{"address": "0x" + CONTRACT.hex(), "storageKeys": ["0x02"]}]]}),
        (2, {"gasPrice": None, "maxFeePerGas": "0x0c", "maxPriorityFeePerGas": "0x01"}),
        (
            4,
            {
                "gasPrice": None,
                "maxFeePerGas": "0x0c",
                "maxPriorityFeePerGas": "0x01",
                "authorizationList": [
                    {
                        "chainId": "0x01",
                        "address": "0x" + CONTRACT.hex(),
                        "nonce": "0x00",
                        "v": "0x00",
                        "r": "0x01",
                        "s": "0x01",
                    }
                ],
            },
        ),
    ],
)
def test_fields_and_a_secret_key_make_a_signed_transaction(kind: int, fields: dict[str, object]) -> None:
    (case,) = cases_of(state_test(**fields))
    transaction = decode_transaction(case.raw, 1)
    assert transaction.type == kind
    assert transaction.sender == SENDER
    assert transaction.to == CONTRACT
    assert len(transaction.access_list) == (kind == 1)
    assert len(transaction.authorizations) == (kind == 4)


def test_a_blob_transaction_is_signed_as_type_3() -> None:
    (case,) = cases_of(
        state_test(
            gasPrice=None,
            maxFeePerGas="0x0c",
            maxPriorityFeePerGas="0x01",
            maxFeePerBlobGas="0x01",
            blobVersionedHashes=["0x01" + "00" * 31],
        )
    )
    assert case.raw[0] == 3


@pytest.mark.parametrize(
    ("text", "number"), [("0x0f", 15), ("17", 17), ("0x:bigint 0xff", 255), ("", 0), ("0x", 0), (3, 3)]
)
def test_numbers_are_read_as_fixtures_write_them(text: object, number: int) -> None:
    assert read_int("here", text) == number


@pytest.mark.parametrize("text", ["0xzz", "ten", None, True, [1]])
def test_what_is_no_number_is_refused(text: object) -> None:
    with pytest.raises(FixtureError, match="here: not a number"):
        read_int("here", text)


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda test: test["env"].pop("currentNumber"), "no 'currentNumber'"),
        (lambda test: test["post"]["Osaka"][0].pop("hash"), "no 'hash'"),
        (lambda test: test["post"]["Osaka"][0]["indexes"].update(data=9), "transaction.data has no entry 9"),
        (lambda test: test["transaction"].pop("secretKey"), "no 'secretKey'"),
        (lambda test: test["pre"].update({"0x12": {}}), "an address has 20 bytes"),
        (lambda test: test["pre"].update({"0x" + "12" * 20: 7}), "not a JSON object"),
        (lambda test: test["post"].update(Osaka={}), "is not a list"),
        (lambda test: test["transaction"].update(data=["0xz"]), "not hexadecimal"),
    ],
)
def test_a_damaged_state_test_is_refused_with_the_place(spoil: object, line: str) -> None:
    test = state_test()
    spoil(test)  # type: ignore[operator]
    with pytest.raises(FixtureError, match=r"own\.json: own") as caught:
        list(state_cases("own.json", "own", test, ("Osaka",)))
    assert line in str(caught.value)


def test_folders_are_searched_and_files_taken_once(tmp_path: Path) -> None:
    inside = write(tmp_path / "a" / "b.json", own=state_test())
    (tmp_path / "a" / "readme.md").write_text("no test")
    files = list_files([tmp_path, inside])
    assert [file.path for file in files] == [inside]


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\xff"])
def test_a_file_that_is_not_json_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(FixtureError, match="not JSON"):
        list(read_tests(path))


def test_a_list_is_no_fixture(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]")
    with pytest.raises(FixtureError, match="not a JSON object"):
        list(read_tests(path))


def test_missing_paths_and_empty_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FixtureError, match="no such file"):
        list_files([tmp_path / "nothing"])
    with pytest.raises(FixtureError, match="no JSON file"):
        list_files([tmp_path])


def test_the_variable_names_the_fixtures_and_must_name_a_folder(tmp_path: Path) -> None:
    assert find_fixtures({FIXTURES_VARIABLE: str(tmp_path)}) == tmp_path
    with pytest.raises(FixtureError, match=FIXTURES_VARIABLE):
        find_fixtures({FIXTURES_VARIABLE: str(tmp_path / "nothing")})


def test_kinds_are_told_by_their_fields() -> None:
    assert kind_of(state_test()) == "state"
    assert kind_of({"result": {}, "txbytes": "0x"}) == "transaction"
    assert kind_of({"env": {}, "pre": {}, "exec": {}}) == "call"
    assert kind_of({"blocks": []}) is None
    assert kind_of(7) is None


def test_the_newest_known_fork_is_chosen() -> None:
    assert newest_fork({"Cancun": 1, "Berlin": 2, "Prague": 3}) == "Prague"
    assert newest_fork({"Futura": 1}) is None


def test_block_hashes_are_those_of_state_tests() -> None:
    assert fake_block_hash(0) == keccak(b"0")
    assert fake_block_hash(255) == keccak(b"255")
