# SPDX-License-Identifier: Apache-2.0
"""Rated points in OpenSearch or Elasticsearch."""

from cloudkitty.storage.v2.opensearch import driver

ElasticsearchStorage = driver.ElasticsearchStorage
OpenSearchStorage = driver.OpenSearchStorage
