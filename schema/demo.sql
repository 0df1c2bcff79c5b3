-- SPDX-License-Identifier: Apache-2.0
--
-- The demo tenant DEMO of the published examples, and OTHER, a second tenant
-- that must never see it.  For trying out and for tests: the passwords and keys
-- below are public.
--
--   DEMO   users demo / demo-password, MPAdministrator / administrator-password
--          Web API key of demo  00112233445566778899AABBCCDDEEFF
--   OTHER  user other / other-password
--          Web API key of other FFEEDDCCBBAA99887766554433221100
--
-- Needs migrations 1 and 2.  One transaction: all of it or nothing.  Run again
-- it adds what is missing and changes nothing that is there.  The search keys of
-- a contact that has been updated since (version above 1) are left alone.

SET NAMES utf8mb4 COLLATE utf8mb4_bin;

START TRANSACTION;

INSERT INTO organisation (name) VALUES ('DEMO'), ('OTHER')
ON DUPLICATE KEY UPDATE name = VALUES(name);

SET @demo = (SELECT organisation_id FROM organisation WHERE name = 'DEMO');
SET @other = (SELECT organisation_id FROM organisation WHERE name = 'OTHER');

INSERT INTO org_community (organisation_id, community_id, name)
VALUES
    (@demo, 'FB09F8D5CE1C3457F1D2035EBC89CCA8', 'Internal Community'),
    (@other, 'E97E5FE06D6D92EF1431FA3FDCB74983', 'Other Community')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO org_group
    (organisation_id, group_id, community_id, name, description,
     alternative_code)
VALUES
    (@demo, '84F33366CB592BAAE7E2044D93611C6A',
     'FB09F8D5CE1C3457F1D2035EBC89CCA8', 'Main Group', 'Main Group', 'MG1'),
    (@other, '7342521A3276B064BBF3F800197C1072',
     'E97E5FE06D6D92EF1431FA3FDCB74983', 'Other Group', NULL, 'OG')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO org_unit
    (organisation_id, unit_id, group_id, name, description, alternative_code,
     clearance)
VALUES
    (@demo, '48305F8849E3C18B227C5BE3A27BA6DF',
     '84F33366CB592BAAE7E2044D93611C6A', 'Admin Unit', 'r1', 'MG', NULL),
    (@other, '177D337B349731B5BD60F4DBE8B7B6EF',
     '7342521A3276B064BBF3F800197C1072', 'Other Unit', NULL, 'OU', 1)
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO org_user
    (organisation_id, user_id, username, person_name, email, password_hash,
     default_unit_id)
VALUES
    (@demo, '1', 'MPAdministrator', 'MPAdministrator', 'mp@ministrator.com',
     '$2y$10$DGfvB2LI6qGwxJGQY1w2yOTTMHjq/nlB.JnoxFU68XZTuG80ctfEy',
     '48305F8849E3C18B227C5BE3A27BA6DF'),
    (@demo, '6B46972597DD5355B59C9B826CF1A0CE', 'demo', 'Demo User',
     'demo@example.com',
     '$2y$10$Ufe4pfz5K0j8GoOle2jx.en9g9o/2cUdPJjPUBoDcxds0jTaRROiq',
     '48305F8849E3C18B227C5BE3A27BA6DF'),
    (@other, '445E3EE67CB6847716AAE2F74DEE3D2D', 'other', 'Other User',
     'other@example.com',
     '$2y$10$I9PSfN3ha1oQD0Y5IOo3NuKk/j1f0MkpCyFuxaKOL5r5t2y0XWCyu',
     '177D337B349731B5BD60F4DBE8B7B6EF')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO org_user_unit (organisation_id, user_id, unit_id)
VALUES
    (@demo, '1', '48305F8849E3C18B227C5BE3A27BA6DF'),
    (@demo, '6B46972597DD5355B59C9B826CF1A0CE',
     '48305F8849E3C18B227C5BE3A27BA6DF'),
    (@other, '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO api_key
    (key_digest, organisation_id, key_id, user_id, label, created_date)
VALUES
    (UNHEX(SHA2('00112233445566778899AABBCCDDEEFF', 256)), @demo,
     '82E4E0E90A12C4B101EA61BEE4A9FBB0', '6B46972597DD5355B59C9B826CF1A0CE',
     'demo', '2016-01-01 00:00:00'),
    (UNHEX(SHA2('FFEEDDCCBBAA99887766554433221100', 256)), @other,
     '394D6AB94D26B74041ABE87FC8963DF3', '445E3EE67CB6847716AAE2F74DEE3D2D',
     'other', '2016-01-01 00:00:00')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO industry (organisation_id, industry_id, name, code)
VALUES
    (@demo, '31BC2070C79EAE5455BFAD41599C5190', 'Marketing', 'MK'),
    (@demo, '06B638258885DA26FA2BD40D9128D04E', 'Interior Design', 'INTDS'),
    (@demo, '39E3A8C68925F4216D79C7EEBD71D4B4', 'Industry2', 'Ind2')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO industry_sector
    (organisation_id, industry_sector_id, name, alternative_code)
VALUES
    (@demo, 'D8ACF18AB4494AD33738A9F4C94E6995', 'FOREX', 'FRX'),
    (@demo, 'A9BDEBD4D8FAEDB0BACE40C041156D12', 'GOVERNMENTAL', 'GOV'),
    (@demo, 'AF6E0855324153EAB8B582A277147BCE', 'EDUCATION', '1')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO category (organisation_id, category_id, name, code)
VALUES
    (@demo, '486B0C17A39E5F5339BD16B288AE12FE', 'Contact Category',
     'Contact Category'),
    (@demo, '63FA3E2BD7EE02CC19D01D700B4B16F7', 'Company Category',
     'Company Category'),
    (@demo, 'BF9E138C477E2450F2DB2C40CB5DF7FB', 'Clients', 'CLS'),
    (@other, '691411EDAD5B6058CC0EB8B674B71914', 'Contact Category', 'CC')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO privacy_level
    (organisation_id, privacy_level_id, name, number, hierarchy_level)
VALUES
    (@demo, 'EDE9CDE326E4F9846A50D5BCF61CD720', 'Regular Customers', '8', 0),
    (@demo, '9450216690684C416363B57DAD4596C3', 'Moderate', NULL, 3),
    (@demo, '05A16B8D1962493BE6D95E7A0491FA89', 'Confidential', '9', 5),
    (@other, 'B7A4E22410A762FAB857A840075F09DA', 'Regular', '1', 1),
    (@other, '99E1CF7B5FDC71A282202135903DA38F', 'Confidential', '5', 5)
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO contact
    (organisation_id, contact_id, type, life_cycle_state, title, first_name,
     middle_name, last_name, id_number, passport_number,
     social_security_number, category_id, owned_by_group_id, privacy_level_id,
     created_date, created_by_user_id, created_by_unit_id,
     updated_date, updated_by_user_id, updated_by_unit_id, document)
VALUES
    (@demo, '659A6CE12F7EB687D1C81DD3615CD03D', 'PERSON', 'MARKETING', 'Mr',
     'Andreas', NULL, 'Kozior', '142536', 'DM142536', 'SS142536',
     '486B0C17A39E5F5339BD16B288AE12FE', '84F33366CB592BAAE7E2044D93611C6A',
     'EDE9CDE326E4F9846A50D5BCF61CD720',
     '2015-04-28 09:00:00', '1', '48305F8849E3C18B227C5BE3A27BA6DF',
     '2015-04-28 09:00:00', '1', '48305F8849E3C18B227C5BE3A27BA6DF',
     '{"demographics":{"gender":"MALE","country_of_residence":"181","date_of_birth":{"day":3,"month":11,"year":1979}},"phones_set":[{"id":"FEF668B79206B6446C9AA9121C126F6D","type":"MOBILE","state":"Active","number":"99142536","area_code":"357","country":"181"}],"emails_set":[{"id":"B3F213818DCCB18CA05E386174893C2E","type":"PERSONAL","state":"Active","email":"Andreas.Kozior@example.com"}]}'),
    (@demo, '7DB5B8AD38B5EB2BA42165E2B686A809', 'PERSON', 'MARKETING', 'Mrs',
     'Eleni', NULL, 'Georgiou', 'AB112233', NULL, NULL,
     '486B0C17A39E5F5339BD16B288AE12FE', '84F33366CB592BAAE7E2044D93611C6A',
     NULL,
     '2015-04-28 09:05:00', '1', '48305F8849E3C18B227C5BE3A27BA6DF',
     '2015-04-28 09:05:00', '1', '48305F8849E3C18B227C5BE3A27BA6DF',
     '{"preferred_language":"ELL","udf_string_1":"Γειά σου 😀","demographics":{"gender":"FEMALE","country_of_residence":"209"},"emails_set":[{"id":"889FFCFF548DD84ED23B514DBE9A218B","type":"BUSINESS","state":"Active","email":"eleni.georgiou@example.com"}]}'),
    (@demo, '3459F30F71E7477495DF3AA3D278CC7D', 'PERSON', 'MARKETING', 'Miss',
     'Ellen', 'Arthour', 'Leon', 'ADASF125546665', 'DDFF12336544',
     '54561465146',
     NULL, '84F33366CB592BAAE7E2044D93611C6A', NULL,
     '2016-08-10 09:18:32', '1', '48305F8849E3C18B227C5BE3A27BA6DF',
     '2016-08-10 09:18:32', '1', '48305F8849E3C18B227C5BE3A27BA6DF',
     '{"demographics":{"gender":"FEMALE","country_of_residence":"181","id_issued_by_country":"126","passport_issued_by_country":"126"},"addresses_set":[{"id":"548EDA85AED54AD1A64D362C28046157","type":"HOME","state":"Active","postal_code":"bas321","street_name":"Piccadilly Avenue","street_number":"21","floor":5,"apartment_number":"2","town_city":"Oxford","country":"181"}],"phones_set":[{"id":"49D7EC23AE92455492A7F9D5BC2EB887","type":"LANDLINE","state":"Active","number":"22557799","area_code":"357","country":"181"}]}'),
    (@other, '14FFD33EC9454042C6F73F326E03494F', 'PERSON', 'MARKETING', 'Mr',
     'Oscar', NULL, 'Other', '142536', NULL, NULL,
     '691411EDAD5B6058CC0EB8B674B71914', '7342521A3276B064BBF3F800197C1072',
     NULL,
     '2016-01-01 10:00:00', '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF',
     '2016-01-01 10:00:00', '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF',
     '{"emails_set":[{"id":"6193C0F3443C2EBF1CD6268C4A71ACEA","type":"PERSONAL","state":"Active","email":"oscar.other@example.com"}]}'),
    (@other, 'ED3B92A1F1CB368AEE8BFB5DF598FA30', 'PERSON', 'MARKETING', NULL,
     'Olga', NULL, 'Regular', 'OT000001', NULL, NULL,
     NULL, '7342521A3276B064BBF3F800197C1072',
     'B7A4E22410A762FAB857A840075F09DA',
     '2016-01-01 10:01:00', '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF',
     '2016-01-01 10:01:00', '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF',
     '{"phones_set":[{"id":"602F1BCF767E795F1C4FC8F755C15856","type":"LANDLINE","state":"Active","number":"2025550143","area_code":"1","country":"127"}]}'),
    (@other, '8A242C70CA1161826D3B6673C44409CD', 'PERSON', 'MARKETING', NULL,
     'Otto', NULL, 'Secret', 'OT000005', NULL, NULL,
     NULL, '7342521A3276B064BBF3F800197C1072',
     '99E1CF7B5FDC71A282202135903DA38F',
     '2016-01-01 10:02:00', '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF',
     '2016-01-01 10:02:00', '445E3EE67CB6847716AAE2F74DEE3D2D',
     '177D337B349731B5BD60F4DBE8B7B6EF',
     '{"emails_set":[{"id":"D33A05B139A28E6672AEC942A6696B73","type":"BUSINESS","state":"Active","email":"otto.secret@example.com"}]}')
ON DUPLICATE KEY UPDATE organisation_id = VALUES(organisation_id);

INSERT INTO contact_key (organisation_id, kind, value, contact_seq)
SELECT c.organisation_id, k.kind, k.value, c.contact_seq
FROM (
    SELECT @demo AS organisation_id,
           '659A6CE12F7EB687D1C81DD3615CD03D' AS contact_id,
           'EMAIL' AS kind, 'andreas.kozior@example.com' AS value
    UNION ALL SELECT @demo, '659A6CE12F7EB687D1C81DD3615CD03D',
                     'PHONE', '99142536'
    UNION ALL SELECT @demo, '659A6CE12F7EB687D1C81DD3615CD03D',
                     'PHONE', '35799142536'
    UNION ALL SELECT @demo, '659A6CE12F7EB687D1C81DD3615CD03D',
                     'PHONE', '0035799142536'
    UNION ALL SELECT @demo, '7DB5B8AD38B5EB2BA42165E2B686A809',
                     'EMAIL', 'eleni.georgiou@example.com'
    UNION ALL SELECT @demo, '3459F30F71E7477495DF3AA3D278CC7D',
                     'PHONE', '22557799'
    UNION ALL SELECT @demo, '3459F30F71E7477495DF3AA3D278CC7D',
                     'PHONE', '35722557799'
    UNION ALL SELECT @demo, '3459F30F71E7477495DF3AA3D278CC7D',
                     'PHONE', '0035722557799'
    UNION ALL SELECT @other, '14FFD33EC9454042C6F73F326E03494F',
                     'EMAIL', 'oscar.other@example.com'
    UNION ALL SELECT @other, 'ED3B92A1F1CB368AEE8BFB5DF598FA30',
                     'PHONE', '2025550143'
    UNION ALL SELECT @other, 'ED3B92A1F1CB368AEE8BFB5DF598FA30',
                     'PHONE', '12025550143'
    UNION ALL SELECT @other, 'ED3B92A1F1CB368AEE8BFB5DF598FA30',
                     'PHONE', '0012025550143'
    UNION ALL SELECT @other, '8A242C70CA1161826D3B6673C44409CD',
                     'EMAIL', 'otto.secret@example.com'
) AS k
JOIN contact c
    ON c.organisation_id = k.organisation_id AND c.contact_id = k.contact_id
WHERE c.version = 1
ON DUPLICATE KEY UPDATE contact_key.organisation_id = c.organisation_id;

COMMIT;
