# SPDX-License-Identifier: Apache-2.0
"""A rating module with a table, migrations and a controller of its own."""

from acme_rating import controllers
from acme_rating import db
from cloudkitty import rating


class AcmeRating(rating.RatingProcessorBase):
    module_name = "acme"
    description = "Price for each unit of a metric."
    hot_config = True
    config_controller = controllers.AcmeController
    db_api = db.get_instance()

    def __init__(self, tenant_id=None):
        super().__init__(tenant_id)
        self._prices = {}

    def reload_config(self, start=None):
        self._prices = self.db_api.prices()

    def process(self, data):
        for metric, points in data.itertypes():
            price = self._prices.get(metric, 0)
            points[:] = [
                point.set_price(point.price + point.qty * price)
                for point in points
            ]
        return data
