# SPDX-License-Identifier: Apache-2.0
"""Three processors and two APIs on hosts of their own, with faults.

Hosts are network namespaces (``cloudkitty.tests.galera.network``). One
deployment goes through all rounds: each has its own price, work and fault, and
at its end all rated points are compared with those that ``oracle`` expects.

``site``
    Network and servers: MariaDB or Galera, Redis or etcd, RabbitMQ.
``service``
    Configuration, processors and APIs; their state in database and logs.
``claims``
    Claims of the workers on tasks and on shards of live rating.
``operator``
    Requests to the APIs.
``work``
    The work of a round, and the wait for its end.
``races``
    Requests for one scope that are sent at once.
``faults``
    Faults and how each is healed.
``strike``
    The begin of a fault, while a host works.
``rounds``
    One round from the price to the comparison.
"""
