-- Families only, no versions, so that an update of the browser is no new device. A Cubot is a telephone.
-- The body is read now: as a text it would be read by the caller's standard_conforming_strings, backslashes and all.
create or replace function tomo.parse_user_agent(p_raw text, out browser text, out os text, out form_factor text)
language sql immutable parallel safe
begin atomic
  select left(case
      -- a program that names itself first, as curl/8.16.0 does
      when p_raw ~* '^(?!mozilla|opera)[a-z][\w.-]*( [\w-]+)?/\d' then substring(p_raw from '^([^/]+)/')
      when p_raw ~* '((?<!cu)bot|crawler|spider)\y'
        then substring(p_raw from '(?i)([\w-]*(?:(?<!cu)bot|crawler|spider))\y')
      when p_raw ~ 'Edg(e|A|iOS)?/' then 'Edge'
      when p_raw ~ 'OPR/|OPT/|Opera' then 'Opera'
      when p_raw ~ 'SamsungBrowser/' then 'Samsung Internet'
      when p_raw ~ 'YaBrowser/' then 'Yandex Browser'
      when p_raw ~ '\y[A-Z]\w+Browser/' then substring(p_raw from '\y([A-Z]\w+)Browser/') || ' Browser'
      when p_raw ~ 'Vivaldi/|Electron/|Epiphany/|Chromium/'
        then substring(p_raw from '(Vivaldi|Electron|Epiphany|Chromium)/')
      when p_raw ~ 'Firefox/|FxiOS/' then 'Firefox'
      when p_raw ~ 'Chrome/|CriOS/' then 'Chrome'
      when p_raw ~ 'MSIE |Trident/' then 'Internet Explorer'
      when p_raw ~ 'Safari/' then 'Safari' end, 50),
    case
      when p_raw ~ 'Windows Phone' then 'Windows Phone'
      when p_raw ~ 'Windows' then 'Windows'
      when p_raw ~ 'iPhone|iPad|iPod' then 'iOS'
      when p_raw ~ 'Tizen' then 'Tizen'
      when p_raw ~ 'Web0S' then 'webOS'
      when p_raw ~ 'Android' then 'Android'
      when p_raw ~ 'CrOS' then 'Chrome OS'
      when p_raw ~ 'Mac OS X|Macintosh|Darwin/' then 'macOS'
      when p_raw ~ 'FreeBSD|OpenBSD|NetBSD' then 'BSD'
      when p_raw ~ 'Linux|X11' then 'Linux' end,
    case
      when p_raw ~* '((?<!cu)bot|crawler|spider)\y|externalhit' then 'bot'
      when p_raw ~* 'smart-?tv|appletv|bravia|googletv|hbbtv|tizen.* tv|web0s|crkey|\yroku|\yaft[a-z]+ build' then 'tv'
      when p_raw ~* '^(?!mozilla|opera)[a-z][\w.-]*( [\w-]+)?/\d' and p_raw !~ 'iPhone|iPad|Android|Windows|Macintosh'
        then 'tool'
      when p_raw ~ 'iPad|Tablet' or p_raw ~ 'Android' and p_raw !~ 'Mobile' then 'tablet'
      when p_raw ~ 'Mobile|iPhone|iPod|Windows Phone' then 'mobile'
      when p_raw ~ 'Windows|Macintosh|Linux|X11|CrOS|BSD' then 'desktop' end;
end;

-- What is kept of a user agent: a kilobyte (a character has at most four bytes); null of an empty one.
create or replace function tomo.kept_user_agent(p_raw text) returns text
language sql immutable parallel safe
return nullif(left(p_raw, case when octet_length(left(p_raw, 1024)) > 1024 then 256 else 1024 end), '');

-- Makes the row of a user agent where there is none. It burns a number if another login has just done so: ask first.
create or replace function tomo.note_user_agent(p_kept text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  insert into tomo.user_agents (digest, raw, browser, os, form_factor)
  select sha256(convert_to(p_kept, 'UTF8')), p_kept, p.browser, p.os, p.form_factor
    from tomo.parse_user_agent(p_kept) p
      on conflict do nothing;
end $$;
