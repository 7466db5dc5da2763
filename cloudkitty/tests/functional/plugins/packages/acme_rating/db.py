# SPDX-License-Identifier: Apache-2.0
import sqlalchemy as sa

from acme_rating import migration
from acme_rating import models
from cloudkitty import db


class Api:
    def get_migration(self):
        return migration

    def prices(self):
        with db.session_for_read() as session:
            return {
                row.metric: row.price
                for row in session.scalars(sa.select(models.Price))
            }

    def set_price(self, metric, price):
        with db.session_for_write() as session:
            session.merge(models.Price(metric=metric, price=price))


def get_instance():
    return Api()
