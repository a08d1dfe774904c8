"""Errors are sorted into ours and the engines', and named without being quoted."""

import pytest
from nats.errors import ConnectionClosedError, MaxPayloadError
from nats.errors import TimeoutError as NatsTimeout
from psycopg.errors import DeadlockDetected, DiskFull, IoError, ReadOnlySqlTransaction, UniqueViolation
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from temporalio.service import RPCError, RPCStatusCode

from shared.failure import describe, is_infrastructure, root


def rpc(status: RPCStatusCode) -> RPCError:
    return RPCError("canary", status, b"")


@pytest.mark.parametrize(
    ("error", "engine"),
    [
        (OperationalError("s", {}, DeadlockDetected()), True),
        (OperationalError("s", {}, DiskFull()), True),
        (InternalError("s", {}, ReadOnlySqlTransaction()), True),
        (ReadOnlySqlTransaction(), True),
        (IoError(), True),
        (InternalError("s", {}, Exception()), False),
        (InterfaceError("s", {}, Exception()), True),
        (IntegrityError("s", {}, UniqueViolation()), False),
        (DataError("s", {}, Exception()), False),
        (NatsTimeout(), True),
        (ConnectionClosedError(), True),
        (MaxPayloadError(), False),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (rpc(RPCStatusCode.UNAVAILABLE), True),
        (rpc(RPCStatusCode.NOT_FOUND), True),
        (rpc(RPCStatusCode.INVALID_ARGUMENT), False),
        (ValueError(), False),
        (KeyError(), False),
    ],
)
def test_whose_fault_it_is(error: Exception, engine: bool):
    assert is_infrastructure(error) is engine


def test_kind_state_and_place_are_named_and_the_text_is_not():
    try:
        raise IntegrityError("canary", {"a": "canary"}, UniqueViolation("canary"))
    except IntegrityError as error:
        assert describe(error).startswith("IntegrityError UniqueViolation 23505 at shared/test_failure.py:")
        assert "canary" not in describe(error)
    assert describe(rpc(RPCStatusCode.UNAVAILABLE)) == "RPCError UNAVAILABLE"


def test_the_first_error_of_a_group_is_its_root():
    inner = ValueError()
    assert root(ExceptionGroup("a", [ExceptionGroup("b", [inner]), KeyError()])) is inner
    assert root(inner) is inner
