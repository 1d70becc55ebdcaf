-- An IPv4 address that came in over an IPv6 socket is the IPv4 address (RFC 4291, section 2.5.5.2); no netmask.
create or replace function tomo.plain_address(p_ip inet) returns inet
language sql immutable parallel safe
return case when host(p_ip)::inet <<= inet '::ffff:0:0/96' then split_part(host(p_ip), ':', 4)::inet
  else host(p_ip)::inet end;

-- Addresses that say nothing about a place: RFC 1918, 6598, 3927, 4193, loopback, link-local.
create or replace function tomo.is_private(p_ip inet) returns boolean
language sql immutable parallel safe
return p_ip <<= any(array['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16',
  '127.0.0.0/8',
  '0.0.0.0/8', '::1/128', 'fc00::/7', 'fe80::/10']::inet[]);

-- Networks whose logins nobody locates: those, and what the setting trusted_networks names.
create or replace function tomo.is_trusted(p_ip inet, p_trusted inet[]) returns boolean
language sql immutable parallel safe
return tomo.is_private(p_ip) or p_ip <<= any(p_trusted);
