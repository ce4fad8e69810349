"""What every model that is written to a file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: nothing in it can be changed, added or unknown, and every number is finite.

    Full validation stays on for nested models, so none can hold an inconsistent part. A field with
    another name in JSON (`schema`) is read and written by that one.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )
