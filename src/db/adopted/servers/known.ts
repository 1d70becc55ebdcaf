import type { ServerDescription } from '../../../model/server.ts';
import { AUTHJS } from './authjs.ts';
import { AUTHJS_PRISMA } from './authjs-prisma.ts';
import { BETTER_AUTH } from './better-auth.ts';
import { CONNECT_PG_SIMPLE } from './connect-pg-simple.ts';
import { DJANGO } from './django.ts';
import { DJANGO_USER_SESSIONS } from './django-user-sessions.ts';
import { GRAFANA } from './grafana.ts';
import { KRATOS } from './kratos.ts';
import { LARAVEL } from './laravel.ts';
import { LUCIA } from './lucia.ts';
import { SPRING } from './spring.ts';
import { SUPABASE } from './supabase.ts';
import { TOMO_SQLITE } from './tomo-sqlite.ts';

export const KNOWN_SERVERS: readonly ServerDescription[] = [
  BETTER_AUTH,
  CONNECT_PG_SIMPLE,
  DJANGO,
  DJANGO_USER_SESSIONS,
  LARAVEL,
  AUTHJS,
  AUTHJS_PRISMA,
  LUCIA,
  SUPABASE,
  KRATOS,
  GRAFANA,
  SPRING,
  TOMO_SQLITE,
];
