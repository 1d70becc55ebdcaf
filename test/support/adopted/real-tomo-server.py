"""What the server of the real Tomo does with its sessions, asked by a test: FILE login|validate|terminate|list ARGUMENTS.

Prints its answer as JSON. Like that server it opens the file for each statement, sets no pragma, and compares times as
Python does: one without an offset is an error.
"""

import json
import sqlite3
import sys
import uuid
from datetime import UTC, datetime, timedelta

FILE, WHAT, *ARGUMENTS = sys.argv[1:]
USABLE = ("active", "idle")


def run(statement, *values):
    connection = sqlite3.connect(FILE)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            cursor = connection.execute(statement, values)
            return [dict(row) for row in cursor.fetchall()], cursor.rowcount
    finally:
        connection.close()


def ago(seconds=0):
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def login(user_id, address=None, agent=None):
    session = "sess_" + uuid.uuid4().hex[:16]
    now = ago()
    run(
        "insert into sessions (id, user_id, ip_address, user_agent, created_at, expires_at, last_activity, status)"
        " values (?, ?, ?, ?, ?, ?, ?, 'active')",
        *(session, user_id, address or None, agent or None, now, ago(-24 * 3600), now),
    )
    return session


def terminate(session, by):
    return run(
        "update sessions set status = 'terminated', terminated_at = ?, terminated_by = ?"
        " where id = ? and status in (?, ?)",
        *(ago(), by, session, *USABLE),
    )[1]


def validate(session):
    rows, _ = run("select * from sessions where id = ?", session)
    if not rows:
        return False
    times = {
        name: datetime.fromisoformat(rows[0][name])
        for name in ("created_at", "expires_at", "last_activity", "terminated_at")
        if rows[0][name]
    }
    if times["expires_at"] < datetime.now(UTC):
        terminate(session, "system")
        return False
    if rows[0]["status"] not in USABLE:
        return False
    # not asked there, but wherever the current user is
    users, _ = run("select 1 from users where id = ? and is_active = 1", rows[0]["user_id"])
    return len(users) == 1


def list_sessions():
    settings, _ = run("select setting_value from system_settings where setting_key = 'security.session_idle_timeout'")
    idle_after = int(settings[0]["setting_value"]) if settings else 900
    run("update sessions set status = 'idle' where status = 'active' and last_activity < ?", ago(idle_after))
    run(
        "update sessions set status = 'expired', terminated_at = ?, terminated_by = 'system'"
        " where expires_at < ? and status in (?, ?)",
        *(ago(), ago(), *USABLE),
    )
    return run(
        "select s.id, s.status, u.username from sessions s left join users u on u.id = s.user_id"
        " order by s.last_activity desc"
    )[0]


print(json.dumps({"login": login, "validate": validate, "terminate": terminate, "list": list_sessions}[WHAT](*ARGUMENTS)))
