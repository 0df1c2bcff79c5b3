# SPDX-License-Identifier: Apache-2.0
"""The contacts of the benchmark and the two schemas that hold them.

The module's schema is that of schema/: one row a contact. The peers' schema is
the usual one, five tables with a column for every field; this file writes its
DDL, the statements that the peers prepare and the JSON schema of their answer,
so that all of them do the same. The look-up tables hold finished answers (a
unit with the names of its group and community), which spares the peers joins.
"""

ORGANISATION = 1
CATEGORY = "486B0C17A39E5F5339BD16B288AE12FE"
GROUP = "84F33366CB592BAAE7E2044D93611C6A"
PRIVACY_LEVEL = "EDE9CDE326E4F9846A50D5BCF61CD720"
INDUSTRY = "31BC2070C79EAE5455BFAD41599C5190"
INDUSTRY_SECTOR = "D8ACF18AB4494AD33738A9F4C94E6995"
UNIT = "48305F8849E3C18B227C5BE3A27BA6DF"
USER = "6B46972597DD5355B59C9B826CF1A0CE"
CREATED = "2016-01-01 00:00:00"
PAGE = 50


def udf(strings, floats, dates):
    """Names and column types of user defined fields."""
    return ([(f"udf_string_{i + 1}", "VARCHAR(255)") for i in range(strings)]
            + [(f"udf_float_{i + 1}", "DOUBLE") for i in range(floats)]
            + [(f"udf_date_{i + 1}", "DATETIME") for i in range(dates)])


def words(*names):
    return [(name, "VARCHAR(100)") for name in names]


CONTACT = [("contact_seq", "BIGINT UNSIGNED"), ("id", "VARBINARY(32)")] + words(
    "type", "life_cycle_state", "title", "first_name", "middle_name",
    "last_name", "company_name", "notes", "preferred_language", "gender",
    "id_number", "passport_number", "social_security_number") + [
    ("date_of_birth", "DATE"), ("name_day", "VARCHAR(5)"),
    ("created_date", "DATETIME"), ("updated_date", "DATETIME"),
] + udf(16, 8, 8)
ADDRESS = words(
    "id", "type", "state", "postal_code", "street_name", "street_number") + [
    ("floor", "INT")] + words(
    "apartment_number", "area", "town_city", "district", "municipality",
    "po_box", "po_box_postal_code", "care_of") + udf(16, 4, 4)
PHONE = words("id", "type", "state", "number", "area_code", "full_number",
              "notes") + udf(8, 4, 4)
EMAIL = words("id", "type", "state", "email", "notes") + udf(8, 4, 4)
RELATION = words("id", "type", "notes")
RELATED = words(
    "id", "type", "life_cycle_state", "title", "first_name", "middle_name",
    "last_name", "company_name", "gender", "id_number", "passport_number",
    "social_security_number", "date_of_birth", "name_day")

# Look-up tables: the query that fills them from the module's.
LOOKUPS = {
    "category": "SELECT category_id id, name, code FROM {s}.category",
    "country": "SELECT country_id id, name, alternative_code,"
               " two_character_code, three_character_code FROM {s}.country",
    "privacy_level": "SELECT privacy_level_id id, name, number,"
                     " hierarchy_level FROM {s}.privacy_level",
    "industry": "SELECT industry_id id, name, code FROM {s}.industry",
    "industry_sector": "SELECT industry_sector_id id, name, alternative_code"
                       " FROM {s}.industry_sector",
    "org_group": "SELECT group_id id, g.name, description, alternative_code,"
                 " c.name community_name FROM {s}.org_group g"
                 " JOIN {s}.org_community c"
                 " USING (organisation_id, community_id)",
    "org_user": "SELECT user_id id, username, person_name, email"
                " FROM {s}.org_user",
    "org_unit": "SELECT unit_id id, u.name, u.description, u.alternative_code,"
                " g.name group_name, c.name community_name"
                " FROM {s}.org_unit u"
                " JOIN {s}.org_group g USING (organisation_id, group_id)"
                " JOIN {s}.org_community c"
                " USING (organisation_id, community_id)",
}
SHAPES = {
    "category": ("id", "name", "code"),
    "country": ("id", "name", "alternative_code", "two_character_code",
                "three_character_code"),
    "privacy_level": ("id", "name", "number", "hierarchy_level"),
    "industry": ("id", "name", "code"),
    "industry_sector": ("id", "name", "alternative_code"),
    "org_group": ("id", "name", "description", "alternative_code",
                  "community_name"),
    "org_user": ("id", "username", "person_name", "email"),
    "org_unit": ("id", "name", "description", "alternative_code", "group_name",
                 "community_name"),
}
REFERENCES = {
    "category": ("category", CATEGORY),
    "owned_by_group": ("org_group", GROUP),
    "privacy_level": ("privacy_level", PRIVACY_LEVEL),
    "industry": ("industry", INDUSTRY),
    "industry_sector": ("industry_sector", INDUSTRY_SECTOR),
    "country_of_residence": ("country", "181"),
    "id_issued_by_country": ("country", "181"),
    "passport_issued_by_country": ("country", "209"),
    "created_by_user": ("org_user", USER),
    "updated_by_user": ("org_user", USER),
    "created_by_unit": ("org_unit", UNIT),
    "updated_by_unit": ("org_unit", UNIT),
}
COUNTRY = {"country": ("country", "181")}
SETS = {
    "address": (ADDRESS, COUNTRY),
    "phone": (PHONE, COUNTRY),
    "email": (EMAIL, {}),
}


# --- the peers' schema -------------------------------------------------------

def table(name, fields, references, keys):
    columns = [f"{field} {kind}" for field, kind in fields]
    columns += [f"{field}_id VARBINARY(32)" for field in references]
    columns += [f"FOREIGN KEY ({field}_id) REFERENCES {target} (id)"
                for field, (target, _) in references.items()]
    return f"CREATE TABLE {name} ({', '.join(columns + keys)})"


def ddl(module_schema):
    """The statements that make the peers' schema."""
    for name, query in LOOKUPS.items():
        where = "" if name == "country" else \
            f" WHERE organisation_id = {ORGANISATION}"
        yield (f"CREATE TABLE {name} (PRIMARY KEY (id)) "
               + query.format(s=module_schema) + where)
    yield table("contact", CONTACT[1:], REFERENCES, [
        "contact_seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY",
        "UNIQUE KEY (id)", "KEY (social_security_number)", "KEY (id_number)",
        "KEY (passport_number)"])
    child = ["PRIMARY KEY ({0}_seq)", "KEY (contact_seq)",
             "{0}_seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT",
             "contact_seq BIGINT UNSIGNED NOT NULL",
             "FOREIGN KEY (contact_seq) REFERENCES contact (contact_seq)"
             " ON DELETE CASCADE"]
    for name, (fields, references) in SETS.items():
        yield table(name, fields, references,
                    [part.format(name) for part in child])
    yield table("relation", RELATION, {},
                [part.format("relation") for part in child]
                + ["related_contact_seq BIGINT UNSIGNED NOT NULL",
                   "FOREIGN KEY (related_contact_seq)"
                   " REFERENCES contact (contact_seq) ON DELETE CASCADE"])
    yield ("CREATE TABLE ready (id VARBINARY(32) PRIMARY KEY,"
           " document MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL)")


# --- the peers' statements ---------------------------------------------------

def select(alias, name, fields, references, where):
    columns = [f"{alias}.{field}" for field, _ in fields]
    joins = ""
    for field, (target, _) in references.items():
        columns += [f"{field}.{column}" for column in SHAPES[target]]
        joins += f" LEFT JOIN {target} {field} ON {field}.id = {alias}.{field}_id"
    return (f"SELECT {', '.join(columns)} FROM {name} {alias}{joins}"
            f" WHERE {where}")


def queries(contact_where, parents):
    """The five statements that read contacts."""
    texts = {"contact": select("c", "contact", CONTACT, REFERENCES,
                               f"{contact_where} ORDER BY c.contact_seq"
                               f" LIMIT {PAGE}")}
    for name, (fields, references) in SETS.items():
        texts[name] = select(
            "e", name, [("contact_seq", None)] + fields, references,
            f"e.contact_seq IN ({parents}) ORDER BY e.{name}_seq")
    related = ", ".join(f"contact.{field}" for field, _ in RELATED)
    texts["relation"] = (
        "SELECT e.contact_seq, e.id, e.type, e.notes, " + related
        + " FROM relation e JOIN contact contact"
        " ON contact.contact_seq = e.related_contact_seq"
        f" WHERE e.contact_seq IN ({parents}) ORDER BY e.relation_seq")
    return texts


def insert(name, columns):
    return (f"INSERT INTO {name} ({', '.join(columns)})"
            f" VALUES ({', '.join('?' * len(columns))})")


def columns(fields, references):
    return [field for field, _ in fields] + [f"{r}_id" for r in references]


def inserts():
    texts = {"contact": insert("contact", columns(CONTACT[1:], REFERENCES))}
    for name, (fields, references) in SETS.items():
        texts[name] = insert(name, ["contact_seq"] + columns(fields, references))
    texts["relation"] = insert("relation", ["contact_seq", "id", "type",
                                            "notes", "related_contact_seq"])
    texts["related"] = "SELECT contact_seq FROM contact WHERE id = ?"
    return texts


def one_row(schema):
    """What a peer on the module's own layout prepares."""
    related = ", ".join(f"c.{field}" for field in (
        "contact_id", "type", "life_cycle_state", "title", "first_name",
        "middle_name", "last_name", "company_name", "id_number",
        "passport_number", "social_security_number", "document"))
    return {
        "contact": "SELECT c.contact_seq, c.contact_id, c.type,"
                   " c.life_cycle_state, c.title, c.first_name, c.middle_name,"
                   " c.last_name, c.company_name, c.id_number,"
                   " c.passport_number, c.social_security_number,"
                   " c.category_id, c.owned_by_group_id, c.privacy_level_id,"
                   " c.created_date, c.created_by_user_id,"
                   " c.created_by_unit_id, c.updated_date,"
                   " c.updated_by_user_id, c.updated_by_unit_id, c.document,"
                   " c.relation_count > 0 related"
                   f" FROM {schema}.contact c WHERE c.organisation_id ="
                   f" {ORGANISATION} AND c.contact_id = ?",
        "relation": f"SELECT r.relation_id, r.type relation_type, r.notes, {related}"
                    f" FROM {schema}.contact_relation r JOIN {schema}.contact c"
                    " ON c.contact_seq = r.related_contact_seq"
                    f" WHERE r.organisation_id = {ORGANISATION}"
                    " AND r.contact_seq = ? ORDER BY r.relation_seq",
    }


def statements(schema):
    return {
        "show": queries("c.id = ?", "?"),
        "list": queries("c.social_security_number = ?",
                        ", ".join("?" * PAGE)),
        "insert": inserts(),
        "row": one_row(schema),
        "lookup": {name: f"SELECT {', '.join(shape)} FROM {name}"
                   for name, shape in SHAPES.items()},
        "fields": {"contact": [f for f, _ in CONTACT[1:]],
                   "references": list(REFERENCES),
                   **{name: [f for f, _ in fields]
                      for name, (fields, _) in SETS.items()}},
        "log": {name: value for name, (target, value) in REFERENCES.items()
                if target in ("org_user", "org_unit")},
        "schema": answer_schema(),
    }


# --- the shape of the peers' answer, for fastify -----------------------------

def json_type(kind):
    number = kind and kind.split()[0] in ("DOUBLE", "INT", "BIGINT")
    return {"type": "number" if number else "string", "nullable": True}


def object_schema(fields, references, **more):
    properties = {field: json_type(kind) for field, kind in fields}
    for field, (target, _) in references.items():
        properties[field] = {"type": "object", "nullable": True, "properties": {
            column: json_type("INT" if column == "hierarchy_level" else "")
            for column in SHAPES[target]}}
    return {"type": "object", "properties": {**properties, **more}}


def answer_schema():
    sets = {f"{name}_set": {"type": "array", "items": object_schema(*parts)}
            for name, parts in SETS.items()}
    sets["relation_set"] = {"type": "array", "items": object_schema(
        RELATION, {}, contact=object_schema(RELATED, {}))}
    return object_schema(CONTACT[1:], REFERENCES, **sets)
