# SPDX-License-Identifier: Apache-2.0
"""Base classes of the controllers of rules, services, fields and groups.

The id of an object is in the path, in the query or in the body. An ``Item``
without an id handles the requests whose path does not contain one.
"""

import typing

from cloudkitty.api import resource


class Item(resource.Resource):
    """One object.

    :param ident: its id in the path; ``None`` if the id is in the query or in
        the body.
    """

    def __init__(self, ident: str | None) -> None:
        self.ident = ident

    def show(self) -> object:
        """Return the body of the response to GET."""
        raise NotImplementedError

    def remove(self) -> None:
        """Delete the object."""
        raise NotImplementedError

    @resource.answers_json
    def get(self) -> object:
        return self.show()

    @resource.answers_nothing
    def delete(self) -> None:
        self.remove()


class Items(resource.Resource):
    """All objects of a kind; also handles DELETE of one without an id."""

    #: Controller of one object.
    item: typing.ClassVar[type[Item]]

    def child(self, segments: resource.Segments) -> resource.Below:
        return self.item(segments[0]), segments[1:]

    @resource.answers_nothing
    def delete(self) -> None:
        self.item(None).remove()


class Rule(Item):
    """One rule: an object that clients can change."""

    def change(self) -> object:
        """Change the rule; return the body of the response to PUT."""
        raise NotImplementedError

    @resource.answers_json
    def put(self) -> object:
        return self.change()


class Rules(Items):
    """All rules of a kind; also handles PUT and DELETE without an id."""

    item: typing.ClassVar[type[Rule]]

    @resource.answers_json
    def put(self) -> object:
        return self.item(None).change()
