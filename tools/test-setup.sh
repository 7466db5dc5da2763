#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the database users that the tests need, on the servers of this host.
# As OpenStack's gate does: user, password and database are openstack_citest.
# A server that is not there is passed over. May be run again.
set -u

USER_NAME=openstack_citest
MYSQL=${MYSQL:-mysql -u root}
PSQL=${PSQL:-psql -h 127.0.0.1 -U postgres -d postgres}

mysql_setup() {
    $MYSQL <<EOF
CREATE USER IF NOT EXISTS '$USER_NAME'@'localhost' IDENTIFIED BY '$USER_NAME';
CREATE USER IF NOT EXISTS '$USER_NAME'@'127.0.0.1' IDENTIFIED BY '$USER_NAME';
GRANT ALL PRIVILEGES ON *.* TO '$USER_NAME'@'localhost';
GRANT ALL PRIVILEGES ON *.* TO '$USER_NAME'@'127.0.0.1';
CREATE DATABASE IF NOT EXISTS $USER_NAME CHARACTER SET utf8mb4;
EOF
}

postgresql_setup() {
    $PSQL -v ON_ERROR_STOP=1 -q <<EOF
DO \$\$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$USER_NAME') THEN
        CREATE ROLE $USER_NAME LOGIN CREATEDB PASSWORD '$USER_NAME';
    END IF;
END \$\$;
SELECT 'CREATE DATABASE $USER_NAME OWNER $USER_NAME' WHERE NOT EXISTS
    (SELECT FROM pg_database WHERE datname = '$USER_NAME') \gexec
EOF
}

for server in mysql postgresql; do
    if ${server}_setup; then
        echo "$server: ready"
    else
        echo "$server: not set up"
    fi
done
