-- SPDX-License-Identifier: Apache-2.0
--
-- Migration 3: what stands in contact.document, as tables for DBAs and reports.
-- The module itself reads none of these views.
--
--   contact_address, contact_phone, contact_email: one row an element, in the
--       order of addition (element_number counts from 1)
--   contact_udf: one row a user defined field of a contact
--
-- A view reads contact with the rights of whoever asks (SQL SECURITY INVOKER),
-- so a reader needs SELECT on the view and on contact.  Give organisation_id
-- and contact_id where you can: both reach the index of contact.

SET NAMES utf8mb4 COLLATE utf8mb4_bin;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW contact_address AS
SELECT
    c.organisation_id, c.contact_id, a.element_number, a.address_id, a.type,
    a.state, a.postal_code, a.street_name, a.street_number, a.floor,
    a.apartment_number, a.area, a.town_city, a.district, a.municipality,
    a.country_id, a.po_box, a.po_box_postal_code, a.care_of, a.udf_string_1,
    a.udf_string_2, a.udf_string_3, a.udf_string_4, a.udf_string_5,
    a.udf_string_6, a.udf_string_7, a.udf_string_8, a.udf_string_9,
    a.udf_string_10, a.udf_string_11, a.udf_string_12, a.udf_string_13,
    a.udf_string_14, a.udf_string_15, a.udf_string_16, a.udf_float_1,
    a.udf_float_2, a.udf_float_3, a.udf_float_4, a.udf_date_1, a.udf_date_2,
    a.udf_date_3, a.udf_date_4
FROM contact c
CROSS JOIN JSON_TABLE(c.document, '$.addresses_set[*]' COLUMNS (
    element_number FOR ORDINALITY,
    address_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PATH '$.id',
    type VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.type',
    state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.state',
    postal_code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.postal_code',
    street_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.street_name',
    street_number VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.street_number',
    floor INT PATH '$.floor',
    apartment_number VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.apartment_number',
    area VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.area',
    town_city VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.town_city',
    district VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.district',
    municipality VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.municipality',
    country_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin
        PATH '$.country',
    po_box VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.po_box',
    po_box_postal_code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.po_box_postal_code',
    care_of VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.care_of',
    udf_string_1 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_1',
    udf_string_2 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_2',
    udf_string_3 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_3',
    udf_string_4 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_4',
    udf_string_5 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_5',
    udf_string_6 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_6',
    udf_string_7 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_7',
    udf_string_8 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_8',
    udf_string_9 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_9',
    udf_string_10 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_10',
    udf_string_11 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_11',
    udf_string_12 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_12',
    udf_string_13 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_13',
    udf_string_14 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_14',
    udf_string_15 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_15',
    udf_string_16 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_16',
    udf_float_1 DOUBLE PATH '$.udf_float_1',
    udf_float_2 DOUBLE PATH '$.udf_float_2',
    udf_float_3 DOUBLE PATH '$.udf_float_3',
    udf_float_4 DOUBLE PATH '$.udf_float_4',
    udf_date_1 DATETIME PATH '$.udf_date_1',
    udf_date_2 DATETIME PATH '$.udf_date_2',
    udf_date_3 DATETIME PATH '$.udf_date_3',
    udf_date_4 DATETIME PATH '$.udf_date_4'
)) AS a;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW contact_phone AS
SELECT
    c.organisation_id, c.contact_id, p.element_number, p.phone_id, p.type,
    p.state, p.number, p.area_code, p.country_id, p.notes, p.udf_string_1,
    p.udf_string_2, p.udf_string_3, p.udf_string_4, p.udf_string_5,
    p.udf_string_6, p.udf_string_7, p.udf_string_8, p.udf_float_1,
    p.udf_float_2, p.udf_float_3, p.udf_float_4, p.udf_date_1, p.udf_date_2,
    p.udf_date_3, p.udf_date_4
FROM contact c
CROSS JOIN JSON_TABLE(c.document, '$.phones_set[*]' COLUMNS (
    element_number FOR ORDINALITY,
    phone_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PATH '$.id',
    type VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.type',
    state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.state',
    number VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.number',
    area_code VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.area_code',
    country_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin
        PATH '$.country',
    notes VARCHAR(4000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.notes',
    udf_string_1 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_1',
    udf_string_2 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_2',
    udf_string_3 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_3',
    udf_string_4 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_4',
    udf_string_5 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_5',
    udf_string_6 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_6',
    udf_string_7 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_7',
    udf_string_8 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_8',
    udf_float_1 DOUBLE PATH '$.udf_float_1',
    udf_float_2 DOUBLE PATH '$.udf_float_2',
    udf_float_3 DOUBLE PATH '$.udf_float_3',
    udf_float_4 DOUBLE PATH '$.udf_float_4',
    udf_date_1 DATETIME PATH '$.udf_date_1',
    udf_date_2 DATETIME PATH '$.udf_date_2',
    udf_date_3 DATETIME PATH '$.udf_date_3',
    udf_date_4 DATETIME PATH '$.udf_date_4'
)) AS p;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW contact_email AS
SELECT
    c.organisation_id, c.contact_id, e.element_number, e.email_id, e.type,
    e.state, e.email, e.notes, e.udf_string_1, e.udf_string_2, e.udf_string_3,
    e.udf_string_4, e.udf_string_5, e.udf_string_6, e.udf_string_7,
    e.udf_string_8, e.udf_float_1, e.udf_float_2, e.udf_float_3,
    e.udf_float_4, e.udf_date_1, e.udf_date_2, e.udf_date_3, e.udf_date_4
FROM contact c
CROSS JOIN JSON_TABLE(c.document, '$.emails_set[*]' COLUMNS (
    element_number FOR ORDINALITY,
    email_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PATH '$.id',
    type VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.type',
    state VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$.state',
    email VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.email',
    notes VARCHAR(4000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.notes',
    udf_string_1 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_1',
    udf_string_2 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_2',
    udf_string_3 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_3',
    udf_string_4 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_4',
    udf_string_5 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_5',
    udf_string_6 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_6',
    udf_string_7 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_7',
    udf_string_8 VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
        PATH '$.udf_string_8',
    udf_float_1 DOUBLE PATH '$.udf_float_1',
    udf_float_2 DOUBLE PATH '$.udf_float_2',
    udf_float_3 DOUBLE PATH '$.udf_float_3',
    udf_float_4 DOUBLE PATH '$.udf_float_4',
    udf_date_1 DATETIME PATH '$.udf_date_1',
    udf_date_2 DATETIME PATH '$.udf_date_2',
    udf_date_3 DATETIME PATH '$.udf_date_3',
    udf_date_4 DATETIME PATH '$.udf_date_4'
)) AS e;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW contact_udf AS
SELECT
    c.organisation_id, c.contact_id, k.field,
    JSON_UNQUOTE(JSON_EXTRACT(c.document, CONCAT('$.', k.field))) AS value
FROM contact c
CROSS JOIN JSON_TABLE(JSON_KEYS(c.document), '$[*]' COLUMNS (
    field VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$'
)) AS k
WHERE k.field LIKE 'udf|_%' ESCAPE '|';

INSERT INTO schema_version (id, version, compatible_from)
VALUES (1, 3, 1)
ON DUPLICATE KEY UPDATE
    version = GREATEST(version, VALUES(version)),
    compatible_from = GREATEST(compatible_from, VALUES(compatible_from));
