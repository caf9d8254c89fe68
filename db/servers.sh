#!/bin/bash
# PostgreSQL and MariaDB for the test suites, from Debian's packages, on loopback, with durability off.
#
#   servers.sh start DIR PORT PORT   starts both unless they run; the caller holds DIR/use.lock (shared) as long as it needs them
#   servers.sh stop [DIR]            stops them now, unless somebody holds the lock
#
# DIR/run/urls has the two administrative URLs. A watchdog stops the servers when nobody has held DIR/use.lock for a while.
# The lock files stay outside of DIR/run, which is wiped: a lock on a deleted file would protect nothing.
set -u
verb=${1:-}
dir=${2:-${TMPDIR:-/tmp}/symbolon-test-servers-$(id -u)}
run=$dir/run
idle_seconds=60

fail() { echo "$*" >&2; exit 1; }

# ours PIDFILE: prints the pid when that process still is a server of this directory.
ours() {
    local pid
    pid=$(head -n 1 "$1" 2>/dev/null) || return 1
    [ -n "$pid" ] && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF "$run/" && echo "$pid"
}

alive() { [ -s "$run/urls" ] && ours "$run/pg.pid" > /dev/null && ours "$run/my.pid" > /dev/null; }

stop_servers() {
    local file pid pids=
    for file in "$run/pg.pid" "$run/my.pid"; do
        pid=$(ours "$file") && pids="$pids $pid"
    done
    # SIGQUIT makes PostgreSQL stop without a checkpoint; nothing here is to be kept.
    for pid in $pids; do kill -QUIT "$pid" 2> /dev/null; done
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        local left=
        for pid in $pids; do [ -d "/proc/$pid" ] && left=1; done
        [ -z "$left" ] && break
        sleep 0.3
    done
    for pid in $pids; do kill -KILL "$pid" 2> /dev/null; done
    rm -rf "$run"
}

find_binaries() {
    pg=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1)
    [ -x "$pg/initdb" ] || fail "the tests need PostgreSQL: apt-get install postgresql"
    PATH=$PATH:/usr/sbin
    my=$(command -v mariadbd) && install=$(command -v mariadb-install-db) || fail "the tests need MariaDB: apt-get install mariadb-server"
    command -v flock > /dev/null || fail "the tests need flock: apt-get install util-linux"
    as_pg= as_my=
    if [ "$(id -u)" = 0 ]; then
        # Neither server runs as root.
        as_pg="setpriv --reuid=postgres --regid=postgres --init-groups"
        as_my="--user=mysql"
    fi
}

start_postgres() {
    mkdir -m 700 "$run/pg"
    (umask 077 && echo "$password" > "$run/pg.password")
    [ -z "$as_pg" ] || chown postgres "$run/pg" "$run/pg.password"
    cd "$run/pg" || return 1
    # Every test connects anew: what makes guessing at a stolen hash slow would make that slow too.
    $as_pg "$pg/initdb" -D "$run/pg" -U symbolon -A md5 --pwfile="$run/pg.password" -E UTF8 --locale=C.UTF-8 --no-sync > "$run/initdb.log" 2>&1 || return 1
    $as_pg setsid "$pg/postgres" -D "$run/pg" -p "$1" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off \
        -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=400 \
        -c shared_buffers=128MB -c log_min_messages=fatal < /dev/null > "$run/pg.log" 2>&1 9>&- &
    echo $! > "$run/pg.pid"
    for _ in $(seq 300); do
        ours "$run/pg.pid" > /dev/null || return 1
        "$pg/pg_isready" -q -h 127.0.0.1 -p "$1" && return 0
        sleep 0.1
    done
    return 1
}

start_mariadb() {
    mkdir -m 700 "$run/my" "$run/my.tmp"
    local TMPDIR=$run/my.tmp
    export TMPDIR
    # One statement a line.
    (umask 077 && printf "%s;\n" "CREATE USER symbolon@'127.0.0.1' IDENTIFIED BY '$password'" \
        "GRANT ALL ON *.* TO symbolon@'127.0.0.1' WITH GRANT OPTION" > "$run/my.init")
    [ -z "$as_my" ] || chown mysql "$run/my" "$run/my.tmp" "$run/my.init"
    "$install" --no-defaults $as_my --datadir="$run/my" --skip-test-db --skip-name-resolve --auth-root-authentication-method=socket \
        --innodb-flush-log-at-trx-commit=0 > "$run/install.log" 2>&1 || return 1
    setsid "$my" --no-defaults $as_my --datadir="$run/my" --socket="$run/my/s" --pid-file="$run/my/pid" --bind-address=127.0.0.1 --port="$1" \
        --init-file="$run/my.init" --skip-name-resolve --skip-log-bin --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 \
        --innodb-buffer-pool-size=128M --innodb-flush-method=nosync --debug-no-sync --innodb-stats-persistent=0 --innodb-file-per-table=0 --sync-frm=0 --performance-schema=OFF --max-connections=400 \
        --character-set-server=utf8mb4 --collation-server=utf8mb4_bin < /dev/null > "$run/my.log" 2>&1 9>&- &
    echo $! > "$run/my.pid"
    for _ in $(seq 300); do
        ours "$run/my.pid" > /dev/null || return 1
        (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null && return 0
        sleep 0.1
    done
    return 1
}

# watched: has a watchdog run.
watched() {
    ours "$run/watch.pid" > /dev/null && return
    # The caller may remove its copy of this script at once.
    cp "$0" "$run/servers.sh"
    setsid bash "$run/servers.sh" watch "$dir" < /dev/null > /dev/null 2>&1 9>&- &
    echo $! > "$run/watch.pid"
}

start() {
    exec 9> "$dir/start.lock"
    flock 9
    if alive; then watched; return; fi
    find_binaries
    stop_servers
    mkdir -m 711 "$run" || fail "cannot create $run"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    start_postgres "$1" & local first=$!
    start_mariadb "$2"; local second=$?
    if ! wait "$first" || [ "$second" != 0 ]; then
        tail -n 20 "$run"/*.log >&2
        stop_servers
        fail "the database servers for the tests did not start"
    fi
    (umask 077 && printf 'postgres://symbolon:%s@127.0.0.1:%s/\nmysql://symbolon:%s@127.0.0.1:%s/\n' "$password" "$1" "$password" "$2" > "$run/urls")
    watched
}

# try_stop: stops the servers if nobody uses or starts them.
try_stop() {
    (
        flock -n -x 8 || exit 1
        flock -n -x 9 || exit 1
        stop_servers 8>&- 9>&-
    ) 8> "$dir/use.lock" 9> "$dir/start.lock"
}

watch() {
    local idle=0 pids
    cd /
    pids="$(ours "$run/pg.pid") $(ours "$run/my.pid")"
    while sleep 5; do
        if [ ! -d "$run" ]; then
            # Somebody removed the directory under running servers.
            for pid in $pids; do tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null | grep -qF "$run/" && kill -KILL "$pid"; done
            exit 0
        fi
        alive || exit 0
        if flock -n -x "$dir/use.lock" true; then idle=$((idle + 5)); else idle=0; fi
        if [ "$idle" -ge "$idle_seconds" ] && try_stop; then exit 0; fi
    done
}

case $verb in
start) start "$3" "$4" ;;
stop) [ ! -d "$dir" ] || try_stop || echo "the database servers of the tests are in use; they stop by themselves" ;;
watch) watch ;;
*) fail "usage: servers.sh start DIR PORT PORT | stop [DIR]" ;;
esac
