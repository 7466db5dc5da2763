# SPDX-License-Identifier: Apache-2.0
import sqlalchemy as sa

from cloudkitty.common.db import models

Base = models.get_base()


class Price(Base):
    __tablename__ = "acme_prices"

    metric = sa.Column(sa.String(255), primary_key=True)
    price = sa.Column(sa.Integer, nullable=False)
