# SPDX-License-Identifier: Apache-2.0
# Sourced by .ci/run: ensure_services installs and starts the servers that the
# functional tests talk to. What runs already is left as it is.

packages=(mariadb-server postgresql prometheus rabbitmq-server redis-server
    nginx-light haproxy influxdb memcached default-jdk-headless maven
    etcd-server iptables libapache2-mod-wsgi-py3 chromium curl openssl logrotate)
programs=(mariadbd pg_ctlcluster promtool rabbitmq-server redis-server
    nginx haproxy influxd memcached javac mvn etcd
    iptables apache2 chromium curl openssl logrotate)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

wait_for_port() {
    local tries
    for tries in $(seq 60); do
        listening "$1" && return
        sleep 1
    done
    echo "nothing listens on port $1"
    return 1
}

install_servers() {
    local missing=() index
    for index in "${!programs[@]}"; do
        PATH=$PATH:/usr/sbin command -v "${programs[index]}" >/dev/null ||
            missing+=("${packages[index]}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    export DEBIAN_FRONTEND=noninteractive
    # The tests start proxies of their own (RUNLEVEL=1: the packages do not).
    as_root apt-get -q update &&
        as_root env RUNLEVEL=1 apt-get -q -y install \
            --no-install-recommends "${missing[@]}"
}

start_mariadb() {
    # Since 10.11.19 mariadbd refuses to run as root, and /run is empty after
    # a boot without an init system.
    as_root install -d -o mysql -g root /run/mysqld &&
        as_root start-stop-daemon --start --oknodo --background \
            --exec /usr/sbin/mariadbd -- --user=mysql
}

start_servers() {
    listening 3306 || start_mariadb
    listening 5432 || as_root pg_ctlcluster --skip-systemctl-redirect \
        "$(ls /etc/postgresql | tail -n 1)" main start
    listening 6379 || as_root redis-server --daemonize yes \
        --bind 127.0.0.1 -::1 --port 6379 --save "" --appendonly no
    listening 5672 || as_root rabbitmq-server -detached
}

ensure_services() {
    local port
    install_servers || return 1
    start_servers
    for port in 3306 5432 6379 5672; do
        wait_for_port "$port" || return 1
    done
    # The tests start OpenSearch themselves.
    tools/opensearch/build || echo "no OpenSearch: its tests will fail"
    # The databases and users of the tests.
    if [ -x tools/test-setup.sh ]; then tools/test-setup.sh; fi
}
