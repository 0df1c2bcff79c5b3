-- SPDX-License-Identifier: Apache-2.0
--
-- Step 1 of 2, before the first `contactinfoctl migrate`: the database, and
-- the rights of contactinfo_admin, the account of contactinfoctl.  A DBA
-- creates the account first, narrowed to the hosts that need it; the statements
-- below then need the same host part:
--
--   CREATE USER 'contactinfo_admin' IDENTIFIED BY '...' REQUIRE SSL;
--
-- The grant ends at the database contactinfo and cannot be passed on.  Where
-- DBAs run the migrations themselves, contactinfo_admin needs SELECT, INSERT,
-- UPDATE and DELETE only.

CREATE DATABASE IF NOT EXISTS contactinfo
    DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

GRANT SELECT, INSERT, UPDATE, DELETE,
      CREATE, ALTER, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW
    ON contactinfo.* TO 'contactinfo_admin';
