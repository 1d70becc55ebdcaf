#!/bin/bash
# Touches and logins a second with 1, 2 and 4 workers of Citus, each with the same share of a CPU, and of one plain
# server with that share. As root, where cgroup v1 is, with PostgreSQL and Citus in PGBIN, after npm run build. Nothing
# else should run.
set -euo pipefail
bin=${PGBIN:-/usr/lib/postgresql/15/bin} port=${PORT:-9720} share=${SHARE:-15} rounds=${ROUNDS:-3} clients=${CLIENTS:-8}
root=$(dirname "$0")/.. cpu=/sys/fs/cgroup/cpu/growth acct=/sys/fs/cgroup/cpuacct/growth
tomo="$root/node_modules/.bin/node $root/bin/run.cjs"
dir=$(mktemp -d)
chown postgres "$dir"

# server 0 is the coordinator, 1 to 4 are workers, 5 is a plain server beside them
sql() { psql -qAtX -v ON_ERROR_STOP=1 -h 127.0.0.1 -U postgres -p $((port + $1)) -d "$2" "${@:3}"; }
url() { echo "postgres://postgres@127.0.0.1:$((port + $1))/$2"; }
start() {
  su postgres -c "$bin/initdb -D $dir/$1 -A trust --encoding=UTF8 --locale=C.UTF-8 -N" > /dev/null
  su postgres -c "$bin/pg_ctl -w -D $dir/$1 -l $dir/$1.log -o '-p $((port + $1)) -k $dir -c listen_addresses=127.0.0.1 \
    -c wal_level=logical -c fsync=off -c autovacuum=off -c max_connections=300 -c max_prepared_transactions=300 $2' start" > /dev/null
}
# all that a server has forked by now; what it forks later inherits
group() {
  mkdir -p "$cpu$1" "$acct$1"
  echo 10000 > "$cpu$1/cpu.cfs_period_us"
  # a group counts as one process beside those of others
  echo 16384 > "$cpu$1/cpu.shares"
  local main pid
  main=$(head -1 "$dir/$1/postmaster.pid")
  for pid in $main $(pgrep -P "$main"); do echo "$pid" | tee "$cpu$1/cgroup.procs" > "$acct$1/cgroup.procs" || true; done
}
finish() {
  for i in 0 1 2 3 4 5; do
    [ ! -d "$dir/$i" ] || su postgres -c "$bin/pg_ctl -D $dir/$i -m immediate stop" > /dev/null || true
  done
  echo $$ | tee "${cpu%/*}/cgroup.procs" > "${acct%/*}/cgroup.procs"
  sleep 1
  rmdir "$cpu"? "$acct"? || true
  rm -rf "$dir"
}
trap finish EXIT

for i in 0 1 2 3 4; do start $i '-c shared_preload_libraries=citus -c citus.node_conninfo=sslmode=disable'; done
start 5 ''
sql 0 postgres -c 'create database seed'
TOMO_DATABASE_URL=$(url 0 seed) $tomo db migrate > /dev/null
TOMO_DATABASE_URL=$(url 0 seed) $tomo config set touch_interval 0 --yes > /dev/null
# a login of all of them, twice: 40,000 sessions
sql 0 seed -c "insert into tomo.users (username) select 'user' || i from generate_series(1, 20000) i" \
  -c "create table mine (n serial primary key, u uuid, s uuid)"
for i in 1 2; do
  sql 0 seed -c "insert into mine (u, s) select u.id, o.session_id from tomo.users u, tomo.open_session(u.id, '198.51.100.7', 'Firefox/140') o"
done
sql 0 seed -c 'vacuum analyze'
sql 5 postgres -c 'create database g0'
"$bin/pg_dump" "$(url 0 seed)" | sql 5 g0 > /dev/null
sql 5 g0 -c 'vacuum analyze'
for n in 1 2 4; do
  sql 0 postgres -c "create database g$n template seed"
  for i in 0 $(seq $n); do
    [ "$i" = 0 ] || sql "$i" postgres -c "create database g$n"
    sql "$i" "g$n" -c 'create extension citus'
  done
  sql 0 "g$n" -c "select citus_set_coordinator_host('127.0.0.1', $port)" > /dev/null
  for i in $(seq $n); do sql 0 "g$n" -c "select citus_add_node('127.0.0.1', $((port + i)))" > /dev/null; done
  TOMO_DATABASE_URL=$(url 0 "g$n") $tomo db distribute --shards 4 --yes > /dev/null
  sql 0 "g$n" -c 'vacuum analyze'
  for i in $(seq $n); do
    sql "$i" "g$n" -c 'create table mine (n serial primary key, u uuid, s uuid)'
    sql 0 "g$n" -c "copy (select u, s from mine join pg_dist_placement p on p.shardid = get_shard_id_for_distribution_column('tomo.users', u)
      join pg_dist_node w using (groupid) where w.nodeport = $((port + i))) to stdout" | sql "$i" "g$n" -c 'copy mine (u, s) from stdin' -c 'analyze mine'
  done
done
for i in 0 1 2 3 4 5; do group $i; done
mkdir -p "${cpu}L" "${acct}L"
echo 16384 > "${cpu}L/cpu.shares"
echo $$ | tee "${cpu}L/cgroup.procs" > "${acct}L/cgroup.procs"

of='from mine m cross join lateral'
echo "select t.accepted $of tomo.touch_session(m.s, false, m.u) t where m.n = :n;" > "$dir/ask.sql"
echo "select t.accepted $of tomo.touch_session(m.s, true, m.u) t where m.n = :n;" > "$dir/touch.sql"
echo "select o.session_id $of tomo.open_session(m.u, '198.51.100.7', 'Firefox/140') o where m.n = :n;" > "$dir/login.sql"
sed -i '1i \\\set n random(1, :many)' "$dir"/*.sql
used() { cat "$acct$1/cpuacct.usage"; }
limit() { for i in 1 2 3 4 5; do echo "$1" > "$cpu$i/cpu.cfs_quota_us"; done; }
# run WHAT WORKERS WAY SERVER...: a second, all servers asked at once, and shares of a CPU. The first five seconds, in which every
# connection reads the catalogue and makes its plans, are without the limit and not counted, the five after them are.
run() {
  local what=$1 n=$2 way=$3 i took all
  local -A before
  shift 3
  all=$((clients * (n ? n : 1)))
  for i in "$@"; do
    "$bin/pgbench" -n -M prepared -P 5 -T 11 -c $((all / $#)) -D "many=$(sql "$i" "g$n" -c 'select max(n) from mine')" \
      -f "$dir/$what.sql" "$(url "$i" "g$n")" > "$dir/out$i" 2>&1 &
  done
  sleep 5
  limit $((share * 100))
  for i in 0 1 2 3 4 5 L; do before[$i]=$(used $i); done
  took=$(date +%s%N)
  sleep 5
  took=$(($(date +%s%N) - took))
  printf '%-6s %s workers, %-11s ' "$what" "$n" "$way"
  printf 'CPU of coordinator, workers, plain, pgbench:'
  for i in 0 1 2 3 4 5 L; do printf ' %s%%' $((($(used $i) - before[$i]) * 100 / took)); done
  limit -1
  wait
  for i in "$@"; do cat "$dir/out$i"; done | awk '/^progress/ { if ($2 > 8 && $2 < 10.9) t += $4 } END { printf "; %.1f a second\n", t }'
}
for round in $(seq "$rounds"); do
  echo "round $round"
  for what in ask touch login; do
    run $what 0 plain 5
    for n in 1 2 4; do run $what $n coordinator 0; done
    for n in 1 2 4; do run $what $n owner $(seq $n); done
  done
done
