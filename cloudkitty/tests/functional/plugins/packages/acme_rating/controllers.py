# SPDX-License-Identifier: Apache-2.0
import pecan
import wsmeext.pecan as wsme_pecan
from wsme import types as wtypes

from acme_rating import db
from cloudkitty import rating
from cloudkitty.common import policy


class Price(wtypes.Base):
    metric = wtypes.wsattr(wtypes.text, mandatory=True)
    price = wtypes.wsattr(int, mandatory=True)


class PricesController(rating.RatingRestControllerBase):
    @wsme_pecan.wsexpose([Price])
    def get_all(self):
        return [
            Price(metric=metric, price=price)
            for metric, price in sorted(db.get_instance().prices().items())
        ]

    @wsme_pecan.wsexpose(Price, wtypes.text)
    def get_one(self, metric):
        prices = db.get_instance().prices()
        if metric not in prices:
            pecan.abort(404, "no such metric")
        return Price(metric=metric, price=prices[metric])

    @wsme_pecan.wsexpose(None, body=Price, status_code=201)
    def post(self, price_data):
        policy.authorize(pecan.request.context, "rating:module_config", {})
        db.get_instance().set_price(price_data.metric, price_data.price)
        from acme_rating import AcmeRating

        AcmeRating().notify_reload()


class AcmeController(rating.RatingRestControllerBase):
    prices = PricesController()
