#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the user and the database that the tests need on MariaDB or MySQL and
# on PostgreSQL; as in OpenStack's gate all is called openstack_citest. May be
# run again. A server that is not there is passed over; exit code 1 says that
# there was none at all.
#
# How to log in as an administrator is tried out: root without a password, or
# by the socket (with sudo for others than root). Otherwise say it:
#   MYSQL="mysql -u root -psecret -h db"  PSQL="psql -U admin -h db -d postgres"
set -u

NAME=openstack_citest
AS_ROOT=""
[ "$(id -u)" -eq 0 ] || AS_ROOT="sudo -n"

# Print the first of the commands that can log in.
first_of() {
    local question=$1 command
    shift
    for command in "$@"; do
        if [ -n "$command" ] \
            && $command $question </dev/null >/dev/null 2>&1; then
            echo "$command"
            return
        fi
    done
    return 1
}

mysql_setup() {
    local client
    client=$(first_of "-e SELECT(1)" "${MYSQL:-}" "mysql -u root" \
        "mysql -u root -h 127.0.0.1" "$AS_ROOT mysql -u root") || return
    $client <<EOF
CREATE USER IF NOT EXISTS '$NAME'@'localhost';
CREATE USER IF NOT EXISTS '$NAME'@'%';
ALTER USER '$NAME'@'localhost' IDENTIFIED BY '$NAME';
ALTER USER '$NAME'@'%' IDENTIFIED BY '$NAME';
GRANT ALL PRIVILEGES ON *.* TO '$NAME'@'localhost';
GRANT ALL PRIVILEGES ON *.* TO '$NAME'@'%';
CREATE DATABASE IF NOT EXISTS $NAME CHARACTER SET utf8mb4;
EOF
}

postgresql_setup() {
    local client
    client=$(cd / && first_of "-c SELECT(1)" "${PSQL:-}" \
        "psql -w -h 127.0.0.1 -U postgres -d postgres" \
        "$AS_ROOT runuser -u postgres -- psql -w -d postgres" \
        "psql -w -d postgres") || return
    # From /: the user postgres may not enter the folder we are in.
    (cd / && $client -X -q -v ON_ERROR_STOP=1) <<EOF
SELECT 'CREATE ROLE $NAME' WHERE NOT EXISTS
    (SELECT FROM pg_roles WHERE rolname = '$NAME') \gexec
ALTER ROLE $NAME LOGIN CREATEDB PASSWORD '$NAME';
SELECT 'CREATE DATABASE $NAME OWNER $NAME' WHERE NOT EXISTS
    (SELECT FROM pg_database WHERE datname = '$NAME') \gexec
EOF
}

ready=0
for server in mysql postgresql; do
    if ${server}_setup; then
        echo "$server: ready"
        ready=$((ready + 1))
    else
        echo "$server: not set up"
    fi
done
[ "$ready" -gt 0 ]
