#!/bin/sh
# Run once by the PostgreSQL image in an empty data folder: a role and a database for each service, and none sees another's.
set -eu
for service in org survey media_archive; do
  eval "password=\${PASSWORD_$service:?}"
  psql --set ON_ERROR_STOP=1 --set service="$service" --set password="$password" \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service" ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
