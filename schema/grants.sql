-- SPDX-License-Identifier: Apache-2.0
--
-- Step 2 of 2, after every `contactinfoctl migrate` (a right on a table can be
-- granted only once the table is there): the least that contactinfo needs, the
-- account of mod_contactinfo inside httpd.  A DBA creates the account first,
-- narrowed to the web servers; the statements below then need the same host
-- part:
--
--   CREATE USER 'contactinfo' IDENTIFIED BY '...' REQUIRE SSL;
--
-- No DDL, nothing outside this database, no right on schema_migration.  What
-- only administrators change (users, units, keys, reference data) is read-only;
-- contacts cannot be deleted.  Rows that go with their parent (ON DELETE
-- CASCADE) need no right of their own.

GRANT SELECT ON contactinfo.schema_version TO 'contactinfo';

GRANT SELECT ON contactinfo.organisation TO 'contactinfo';
GRANT SELECT ON contactinfo.org_community TO 'contactinfo';
GRANT SELECT ON contactinfo.org_group TO 'contactinfo';
GRANT SELECT ON contactinfo.org_unit TO 'contactinfo';
GRANT SELECT ON contactinfo.org_user TO 'contactinfo';
GRANT SELECT ON contactinfo.org_user_unit TO 'contactinfo';
GRANT SELECT ON contactinfo.api_key TO 'contactinfo';

GRANT SELECT ON contactinfo.country TO 'contactinfo';
GRANT SELECT ON contactinfo.industry TO 'contactinfo';
GRANT SELECT ON contactinfo.industry_sector TO 'contactinfo';
GRANT SELECT ON contactinfo.category TO 'contactinfo';
GRANT SELECT ON contactinfo.privacy_level TO 'contactinfo';

GRANT SELECT, INSERT, DELETE ON contactinfo.login_session TO 'contactinfo';
GRANT SELECT, INSERT, UPDATE ON contactinfo.contact TO 'contactinfo';
GRANT SELECT, INSERT, DELETE ON contactinfo.contact_key TO 'contactinfo';
GRANT SELECT, INSERT, UPDATE, DELETE
    ON contactinfo.contact_relation TO 'contactinfo';
GRANT SELECT, INSERT, DELETE ON contactinfo.contact_unique TO 'contactinfo';
GRANT SELECT, INSERT, DELETE ON contactinfo.profile_photo TO 'contactinfo';
GRANT SELECT, INSERT ON contactinfo.profile_photo_chunk TO 'contactinfo';
GRANT SELECT, INSERT, UPDATE, DELETE
    ON contactinfo.idempotency TO 'contactinfo';
