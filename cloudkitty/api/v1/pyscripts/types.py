# SPDX-License-Identifier: Apache-2.0
"""Responses of ``/v1/rating/module_config/pyscripts``."""

import typing

import wsme.types

from cloudkitty.api import ordered
from cloudkitty.api.v1 import wire
from cloudkitty.db.rules import scripts as script_rows


class Script(ordered.Base):
    """One script; times are UTC."""

    script_id = wsme.types.text
    name = wsme.types.text
    #: The source; omitted if it was not requested.
    data = ordered.optional(wsme.types.text, nullable=True)
    #: SHA-512 of the source.
    checksum = wsme.types.text
    description = ordered.nullable(wsme.types.text)
    start = ordered.nullable(wsme.types.text)
    end = ordered.nullable(wsme.types.text)
    created_at = ordered.nullable(wsme.types.text)
    deleted = ordered.nullable(wsme.types.text)
    created_by = ordered.nullable(wsme.types.text)
    updated_by = ordered.nullable(wsme.types.text)
    deleted_by = ordered.nullable(wsme.types.text)

    @classmethod
    def of(
        cls, script: script_rows.Script, *, with_data: bool = True
    ) -> typing.Self:
        """Return the wire form of a script."""
        made = cls(
            script_id=script.script_id,
            name=script.name,
            checksum=script.checksum,
            description=script.description,
            start=wire.time(script.start),
            end=wire.time(script.end),
            created_at=wire.time(script.created_at),
            deleted=wire.time(script.deleted),
            created_by=script.created_by,
            updated_by=script.updated_by,
            deleted_by=script.deleted_by,
        )
        if with_data:
            made.data = script.data
        return made


class Scripts(ordered.Base):
    """A list of scripts, in the order in which they run."""

    scripts = [Script]
