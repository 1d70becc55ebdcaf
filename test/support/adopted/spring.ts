import { randomUUID } from 'node:crypto';
import type { Tables } from './tables.ts';

/** Spring Session JDBC: milliseconds, the name of the user in the row, what a session holds in a second table. */
export const SPRING: Tables = {
  reference: 'spring',
  table: 'spring_session',
  keeps: ['createdAt', 'lastActivityAt', 'expiresAt'],
  anonymous: true,
  make: `
    create table spring_session (
      primary_id char(36) not null,
      session_id char(36) not null,
      creation_time bigint not null,
      last_access_time bigint not null,
      max_inactive_interval int not null,
      expiry_time bigint not null,
      principal_name varchar(100),
      constraint spring_session_pk primary key (primary_id)
    );
    create unique index spring_session_ix1 on spring_session (session_id);
    create index spring_session_ix2 on spring_session (expiry_time);
    create index spring_session_ix3 on spring_session (principal_name);
    create table spring_session_attributes (
      session_primary_id char(36) not null,
      attribute_name varchar(200) not null,
      attribute_bytes bytea not null,
      constraint spring_session_attributes_pk primary key (session_primary_id, attribute_name),
      constraint spring_session_attributes_fk foreign key (session_primary_id)
        references spring_session (primary_id) on delete cascade
    )`,
  user: 'select $1::text as id',
  called: (name) => name,
  write: async (sql, userId) => {
    const [key, cookie, now] = [randomUUID(), randomUUID(), Date.now()];
    await sql('insert into spring_session values ($1, $2, $3, $3, 1800, $4, $5)', [
      ...[key, cookie, now, now + 1_800_000, userId],
    ]);
    await sql("insert into spring_session_attributes values ($1, 'SPRING_SECURITY_CONTEXT', '\\xaced0005')", [key]);
    return { key, secrets: [cookie, Buffer.from(cookie).toString('base64')] };
  },
  accepts: 'select from spring_session where primary_id = $1 and expiry_time > extract(epoch from now()) * 1000',
  expire: `
    update spring_session set last_access_time = last_access_time - 3600000, expiry_time = expiry_time - 3600000
    where primary_id = $1`,
};
