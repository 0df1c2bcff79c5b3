// SPDX-License-Identifier: Apache-2.0

package main

import (
	"database/sql"
	"encoding/json"
	"log"
	"net/http"
)

// The look-ups in memory, for the module's layout.
var lookups struct {
	countries  map[string]country
	industries map[string]named
	categories map[string]named
	sectors    map[string]sector
	levels     map[string]level
	groups     map[string]group
	users      map[string]user
	units      map[string]unit
}

func each(db *sql.DB, query string, row func() []interface{}, add func()) {
	rows, err := db.Query(query)
	if err != nil {
		log.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err = rows.Scan(row()...); err != nil {
			log.Fatal(err)
		}
		add()
	}
}

func loadLookups(db *sql.DB, queries map[string]string) {
	lookups.countries = map[string]country{}
	lookups.industries = map[string]named{}
	lookups.categories = map[string]named{}
	lookups.sectors = map[string]sector{}
	lookups.levels = map[string]level{}
	lookups.groups = map[string]group{}
	lookups.users = map[string]user{}
	lookups.units = map[string]unit{}
	var c country
	each(db, queries["country"], func() []interface{} { c = country{}; return c.columns() },
		func() { lookups.countries[*c.ID] = c })
	var n named
	fresh := func() []interface{} { n = named{}; return n.columns() }
	each(db, queries["industry"], fresh, func() { lookups.industries[*n.ID] = n })
	each(db, queries["category"], fresh, func() { lookups.categories[*n.ID] = n })
	var s sector
	each(db, queries["industry_sector"], func() []interface{} { s = sector{}; return s.columns() },
		func() { lookups.sectors[*s.ID] = s })
	var l level
	each(db, queries["privacy_level"], func() []interface{} { l = level{}; return l.columns() },
		func() { lookups.levels[*l.ID] = l })
	var g group
	each(db, queries["org_group"], func() []interface{} { g = group{}; return g.columns() },
		func() { lookups.groups[*g.ID] = g })
	var u user
	each(db, queries["org_user"], func() []interface{} { u = user{}; return u.columns() },
		func() { lookups.users[*u.ID] = u })
	var t unit
	each(db, queries["org_unit"], func() []interface{} { t = unit{}; return t.columns() },
		func() { lookups.units[*t.ID] = t })
}

// --- five tables -------------------------------------------------------------

func scanContact(rows *sql.Rows) (*contact, error) {
	c := &contact{Addresses: []*address{}, Phones: []*phone{},
		Emails: []*email{}, Relations: []*relation{}}
	var (
		category, industry           named
		owner                        group
		privacy                      level
		industrySector               sector
		residence, issuer, passport  country
		createdByUser, updatedByUser user
		createdByUnit, updatedByUnit unit
	)
	to := c.columns()
	for _, columns := range [][]interface{}{
		category.columns(), owner.columns(), privacy.columns(),
		industry.columns(), industrySector.columns(), residence.columns(),
		issuer.columns(), passport.columns(), createdByUser.columns(),
		updatedByUser.columns(), createdByUnit.columns(),
		updatedByUnit.columns(),
	} {
		to = append(to, columns...)
	}
	err := rows.Scan(to...)
	d := &c.Demographics
	if category.ID != nil {
		c.Category = &category
	}
	if privacy.ID != nil {
		c.PrivacyLevel = &privacy
	}
	if industry.ID != nil {
		d.Industry = &industry
	}
	if industrySector.ID != nil {
		d.IndustrySector = &industrySector
	}
	d.Residence, d.IDIssuedBy = shown(&residence), shown(&issuer)
	d.PassportBy = shown(&passport)
	c.OwnedByGroup = &owner
	c.CreatedByUser, c.UpdatedByUser = &createdByUser, &updatedByUser
	c.CreatedByUnit, c.UpdatedByUnit = &createdByUnit, &updatedByUnit
	return c, err
}

func shown(c *country) *country {
	if c.ID == nil {
		return nil
	}
	return c
}

// readSet reads one set of all the contacts.
func readSet(statement *sql.Stmt, seqs []interface{}, scan func(*sql.Rows) error) error {
	rows, err := statement.Query(seqs...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err = scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readSets(statements prepared, found map[int64]*contact, seqs []interface{}) error {
	err := readSet(statements["address"], seqs, func(rows *sql.Rows) error {
		var seq int64
		var a address
		var c country
		err := rows.Scan(append(append([]interface{}{&seq}, a.columns()...), c.columns()...)...)
		a.Country = shown(&c)
		found[seq].Addresses = append(found[seq].Addresses, &a)
		return err
	})
	if err != nil {
		return err
	}
	err = readSet(statements["phone"], seqs, func(rows *sql.Rows) error {
		var seq int64
		var p phone
		var c country
		err := rows.Scan(append(append([]interface{}{&seq}, p.columns()...), c.columns()...)...)
		p.Country = shown(&c)
		found[seq].Phones = append(found[seq].Phones, &p)
		return err
	})
	if err != nil {
		return err
	}
	err = readSet(statements["email"], seqs, func(rows *sql.Rows) error {
		var seq int64
		var e email
		err := rows.Scan(append([]interface{}{&seq}, e.columns()...)...)
		found[seq].Emails = append(found[seq].Emails, &e)
		return err
	})
	if err != nil {
		return err
	}
	return readSet(statements["relation"], seqs, func(rows *sql.Rows) error {
		var seq int64
		var r relation
		err := rows.Scan(append([]interface{}{&seq, &r.ID, &r.Type, &r.Notes}, r.Contact.columns()...)...)
		found[seq].Relations = append(found[seq].Relations, &r)
		return err
	})
}

// read returns the contacts that key selects; each set is read for all of them
// at once, by a statement with as many places as parents.
func read(statements prepared, key string, parents int) ([]*contact, error) {
	list := []*contact{}
	found := map[int64]*contact{}
	seqs := make([]interface{}, 0, parents)
	rows, err := statements["contact"].Query(key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c, err := scanContact(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
		found[c.Seq] = c
		seqs = append(seqs, c.Seq)
	}
	if err = rows.Err(); err != nil {
		return nil, err
	}
	rows.Close()
	for len(seqs) < parents {
		seqs = append(seqs, 0)
	}
	return list, readSets(statements, found, seqs)
}

// --- the module's layout -----------------------------------------------------

func (s *server) readRow(r *http.Request) (interface{}, error) {
	var c contact
	var categoryID, levelID *string
	var groupID, createdUser, createdUnit, updatedUser, updatedUnit string
	var document sql.RawBytes
	var hasRelations bool
	rows, err := s.row["contact"].Query(r.URL.Query().Get("id"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, sql.ErrNoRows
	}
	d := &c.Demographics
	err = rows.Scan(&c.Seq, &c.ID, &c.Type, &c.State, &c.Title, &c.FirstName,
		&c.MiddleName, &c.LastName, &c.CompanyName, &d.IDNumber, &d.Passport,
		&d.SocialSecurity, &categoryID, &groupID, &levelID, &c.Created,
		&createdUser, &createdUnit, &c.Updated, &updatedUser, &updatedUnit,
		&document, &hasRelations)
	if err == nil {
		err = json.Unmarshal(document, &c)
	}
	rows.Close()
	if err == nil && hasRelations {
		err = s.readRelations(&c)
	}
	for _, p := range c.Phones {
		full := "00" + *p.AreaCode + *p.Number
		p.FullNumber = &full
	}
	if categoryID != nil {
		category := lookups.categories[*categoryID]
		c.Category = &category
	}
	if levelID != nil {
		privacy := lookups.levels[*levelID]
		c.PrivacyLevel = &privacy
	}
	owner := lookups.groups[groupID]
	byUser, byUnit := lookups.users[createdUser], lookups.units[createdUnit]
	user, unit := lookups.users[updatedUser], lookups.units[updatedUnit]
	c.OwnedByGroup, c.CreatedByUser, c.CreatedByUnit = &owner, &byUser, &byUnit
	c.UpdatedByUser, c.UpdatedByUnit = &user, &unit
	return &c, err
}

func (s *server) readRelations(c *contact) error {
	return readSet(s.row["relation"], []interface{}{c.Seq}, func(rows *sql.Rows) error {
		var r relation
		var document sql.RawBytes
		var own struct {
			Demographics struct {
				Gender  *string `json:"gender"`
				Born    *birth  `json:"date_of_birth"`
				NameDay *birth  `json:"name_day"`
			} `json:"demographics"`
		}
		to := &r.Contact
		err := rows.Scan(&r.ID, &r.Type, &r.Notes, &to.ID, &to.Type, &to.State,
			&to.Title, &to.FirstName, &to.MiddleName, &to.LastName,
			&to.CompanyName, &to.IDNumber, &to.Passport, &to.SocialSecurity,
			&document)
		if err == nil {
			err = json.Unmarshal(document, &own)
		}
		to.Gender = own.Demographics.Gender
		c.Relations = append(c.Relations, &r)
		return err
	})
}
