import type { RefusedServer } from '../../../model/server.ts';

/** Servers whose caches, write-back or encoding make a change by SQL wrong. */
export const REFUSED_SERVERS: readonly RefusedServer[] = [
  {
    name: 'keycloak',
    title: 'Keycloak',
    signs: {
      offline_user_session: ['user_session_id', 'user_id', 'realm_id', 'offline_flag', 'last_session_refresh'],
    },
    why: 'Its caches answer before the table, and write deleted sessions back.',
    instead: 'kcadm.sh create realms/REALM/users/ID/logout, or realms/REALM/logout-all for everybody',
  },
  {
    name: 'mattermost',
    title: 'Mattermost',
    signs: { sessions: ['id', 'token', 'createat', 'expiresat', 'lastactivityat', 'userid', 'deviceid'] },
    why: 'Every node keeps sessions in its memory, and personal access tokens are rows of the same table.',
    instead: 'POST /api/v4/users/ID/sessions/revoke/all, or /api/v4/users/sessions/revoke/all for everybody',
  },
  {
    name: 'zulip',
    title: 'Zulip',
    signs: { zerver_userprofile: ['id', 'delivery_email', 'realm_id'], django_session: ['session_key'] },
    why: 'Its sessions are cached in memcached, which is asked before the table.',
    instead: 'manage.py logout_all_users, which takes a realm to log out only that organisation',
  },
  {
    name: 'authentik',
    title: 'authentik',
    signs: { authentik_core_authenticatedsession: ['user_id'] },
    why: 'What belongs to a session is deleted by its program and not by the database, with the logout of connected applications.',
    instead: 'DELETE /api/v3/core/authenticated_sessions/UUID/, or Directory > Users > NAME > Sessions',
  },
  {
    name: 'nextcloud',
    title: 'Nextcloud',
    signs: { oc_authtoken: ['id', 'uid', 'login_name', 'token', 'type', 'last_activity'] },
    why: 'Passwords of applications and clients are rows of the same table, and a cache answers before it.',
    instead: 'occ user:auth-tokens:list NAME, then occ user:auth-tokens:delete NAME ID',
  },
  {
    name: 'gitea',
    title: 'Gitea or Forgejo',
    signs: { session: ['key', 'data', 'expiry'] },
    why: 'Whose a session is stands in an encoding of Go, and a request makes its row anew where it is missing.',
    instead: 'gitea admin user must-change-password NAME (forgejo admin …): it holds every session at its next request',
  },
  {
    name: 'n8n',
    title: 'n8n',
    signs: { invalid_auth_token: ['token', 'expiresAt'] },
    why: 'It keeps no sessions: whoever holds a signed token is in.',
    instead:
      'Change the password or address of the user, or for everybody N8N_USER_MANAGEMENT_JWT_SECRET, and restart it',
  },
  {
    name: 'payload',
    title: 'Payload',
    signs: { users_sessions: ['_order', '_parent_id', 'id', 'created_at', 'expires_at'] },
    why: 'The sessions are a part of the document of their user: whoever saves that writes them back.',
    instead: "payload.update({ collection: 'users', id, data: { sessions: [] } })",
  },
  {
    name: 'zitadel',
    title: 'Zitadel',
    signs: { events2: ['instance_id', 'aggregate_type', 'aggregate_id', 'event_type', 'in_tx_order'] },
    why: 'Its tables are made of its events: what is deleted there is made again.',
    instead: 'DELETE /v2/sessions/ID, or lock the user: POST /v2/users/ID/lock',
  },
];
